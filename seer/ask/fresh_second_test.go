package ask

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

const deskText = `The help desk was opened in 2004. On busy days it takes 300 tickets. A pump must not run above 9 bar for more than 20 minutes.
Visitors check in at the gate; on average 45 of them come by bus. Refunds are paid within 14 days.`

// deskWorld are tickets, pumps without a field that tells them apart, and check-ins in one of which in ten the JSON is torn.
func deskWorld() (all depot) {
	add := func(topic, key string, at time.Time, value any) {
		b, _ := json.Marshal(value)
		if text, ok := value.(string); ok {
			b = []byte(text)
		}
		if value == nil {
			b = nil
		}
		r := &depotRecord{Record: kafkaops.Record{Topic: topic, Partition: kafkaops.AnyPartition, Key: []byte(key), Timestamp: at, Value: b}}
		_ = json.Unmarshal(b, &r.doc)
		all = append(all, r)
	}
	for i := range 350 {
		at := now.Add(-time.Duration(i*7) * time.Minute)
		if i%50 == 13 {
			add("tickets", fmt.Sprintf("T%d", i), at, nil)
			continue
		}
		ticket := map[string]any{
			"priority": []string{"low", "normal", "urgent"}[i*i%7%3], "minutes_open": i * 29 % 640, "reopened": i%8 == 1,
			"agent": map[string]any{"name": []string{"Hanna", "Igor", "June", "Kofi"}[i*3%7%4]},
		}
		if i%6 == 2 {
			ticket["rating"] = 1 + i%5
		}
		add("tickets", fmt.Sprintf("T%d", i), at, map[string]any{"ticket": ticket, "queue": []string{"billing", "hardware", "access"}[i%5%3], "status": []string{"open", "solved", "rejected"}[i%7%3]})
	}
	for i := range 260 {
		add("pump-data", fmt.Sprintf("pump_%d", 1+i*i%13%6), now.Add(-time.Duration(i*9)*time.Minute), map[string]any{
			"bar": float64(i*17%90) / 8, "rpm": 900 + i*53%700, "mode": []string{"idle", "run", "run", "fault"}[i*5%11%4],
		})
	}
	for i := range 240 {
		v, _ := json.Marshal(map[string]any{
			"visitor": map[string]any{"id": fmt.Sprintf("v%d", i%61), "member": i%3 == 1}, "gate": []string{"A", "B", "C"}[i*i%5%3], "price_cents": 100 * (i % 12),
		})
		if i%10 == 9 {
			v = v[:len(v)-7]
		}
		add("checkins", fmt.Sprint(i), now.Add(-time.Duration(i*13)*time.Minute), string(v))
	}
	add("handbook", "h", now.Add(-2*time.Hour), deskText)
	return all
}

func deskQuestions(d depot) []asked {
	day := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	clock := func(h int) time.Time { return day.Add(time.Duration(h) * time.Hour) }
	none := expect{refused: true}
	key := func(k string) pick { return func(r *depotRecord) bool { return string(r.Key) == k } }
	return []asked{
		{"How many urgent tickets are there?", d.of("tickets", is("ticket.priority", "urgent")).count()},
		{"How many tickets were solved by Igor yesterday?", d.of("tickets", is("status", "solved"), is("ticket.agent.name", "Igor"), since(clock(-24)), until(day)).count()},
		{"How many tickets were reopened?", d.of("tickets", is("ticket.reopened", true)).count()},
		{"Which agent solved the most tickets?", d.of("tickets", is("status", "solved")).top("ticket.agent.name", depot.count)},
		{"How many tickets does each agent have?", d.of("tickets").by("ticket.agent.name", depot.count)},
		{"What is the average rating of tickets?", d.of("tickets").mean("ticket.rating")},
		{"average rating by agent", d.of("tickets").by("ticket.agent.name", func(g depot) expect { return g.mean("ticket.rating") })},
		{"How many tickets have no rating?", d.of("tickets", is("ticket.rating", nil)).count()}, // a tombstone has no fields to lack
		{"How many tickets in the billing queue are not open?", d.of("tickets", is("queue", "billing"), is("status", "solved", "rejected")).count()},
		{"How many tickets were escalated?", none},
		{"How many tickets come in on busy days?", none},
		{"What is the longest a ticket was open, minutes_open?", d.of("tickets").max("ticket.minutes_open")},
		{"How many tickets were open longer than 8 hours?", none},
		{"How many tickets had minutes_open above 480?", d.of("tickets", over("ticket.minutes_open", 480)).count()},
		{"number of rejected or open tickets since noon", d.of("tickets", is("status", "rejected", "open"), since(clock(12))).count()},
		{"Which queue has the fewest tickets?", d.of("tickets").least("queue")},
		{"How many deletions are in tickets?", none},
		{"Which pump has the most messages in pump-data?", d.of("pump-data").top("@key", depot.count)},
		{"How many messages did pump_2 send?", d.of("pump-data", key("pump_2")).count()},
		{"What is the highest bar of pump_4?", d.of("pump-data", key("pump_4")).max("bar")},
		{"How many faults were there in pump-data between 10:00 and 12:00?", d.of("pump-data", is("mode", "fault"), since(clock(10)), until(clock(12))).count()},
		{"mean rpm per mode", d.of("pump-data").by("mode", func(g depot) expect { return g.mean("rpm") })},
		{"How many pumps broke in pump-data?", none},
		{"How many members checked in at gate B?", none},
		{"How many checkins at gate B were by members?", d.of("checkins", is("gate", "B"), is("visitor.member", true)).count()},
		{"How many different visitors were there in checkins today?", d.of("checkins", since(day)).distinct("visitor.id")},
		{"What did the checkins cost in total (price_cents)?", d.of("checkins").sum("price_cents")},
		{"How many checkins per gate in the last 6 hours?", d.of("checkins", since(now.Add(-6*time.Hour))).by("gate", depot.count)},
		{"How many checkins were refunded?", none},
		{"How many checkins on 20 November between 13:00 and 15:00?", d.of("checkins", since(clock(-11)), until(clock(-9))).count()},
	}
}

// Once more, over other names: what the first questions taught must not hold for them alone.
func TestSecondFreshQuestionsAreRightOrRefused(t *testing.T) {
	world := deskWorld()
	examine(t, world, deskQuestions(world), "tickets", "pump-data", "checkins", "handbook")
}
