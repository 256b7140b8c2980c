#ifndef KRAPP_CALM_H
#define KRAPP_CALM_H

void krapp_let_spin(int on);
long long krapp_empty_polls(void); // polls without a pause that found nothing

#endif
