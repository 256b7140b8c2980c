//go:build kafka

package produce

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// A 2xx means that the record can be read back, also when a broker is killed under load.
func TestKilledBrokersNeverMakeA2xxUntrue(t *testing.T) {
	cluster := kafkatest.SharedCluster(t)
	c, err := rdkafka.Connect(t.Context(), kafkaops.Context{Name: "test", Brokers: cluster.Brokers()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	topic := fmt.Sprintf("http-%d", time.Now().UnixNano())
	if err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: topic, Partitions: 6, ReplicationFactor: 3}); err != nil {
		t.Fatal(err)
	}
	url := startRole(t, Options{Client: c, NoRuns: true})
	var mu sync.Mutex
	var promised []string
	refused := 0
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for client := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				value := fmt.Sprintf("%d-%d", client, i)
				res, err := http.Post(url+"/produce/"+topic+"/"+value, "text/plain", strings.NewReader(value))
				if err != nil {
					t.Error(err)
					return
				}
				res.Body.Close()
				mu.Lock()
				if res.StatusCode == http.StatusOK {
					promised = append(promised, value)
				} else {
					refused++
				}
				mu.Unlock()
			}
		})
	}
	for _, node := range kafkatest.NodeIDs()[:2] {
		cluster.Kill(node)
		cluster.Start(node)
	}
	close(stop)
	wg.Wait()
	there := make(map[string]int)
	starts, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, topic)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Scan(t.Context(), rdkafka.ScanSpec{From: starts.Starts()}, func(b *rdkafka.Batch) error {
		for i := range b.Len() {
			there[string(b.Value(i))]++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d promised, %d refused, %d stored", len(promised), refused, len(there))
	for _, v := range promised {
		if there[v] != 1 {
			t.Errorf("%s was promised and is there %d times", v, there[v])
		}
	}
}
