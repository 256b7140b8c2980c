#ifndef KRAPP_REST_H
#define KRAPP_REST_H

void krapp_wake(void);
void krapp_let_rest(int on);
long long krapp_polls(void); // by confluent-kafka-go, for events and log lines

#endif
