package rdkafka

/*
#include "shim.h"
*/
import "C"

// SaveMemory makes the process hold less memory, before the first client is made: librdkafka's threads share one heap. In a console that
// showed 50,000 messages a second this was 8 of 63 MB; sending a million messages took as long as before.
func SaveMemory() { C.krapp_few_arenas() }
