package ask

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// depotRecord is a record with its value read by encoding/json, which the seer doesn't use: what is expected is worked out from these alone.
type depotRecord struct {
	kafkaops.Record
	doc map[string]any // nil: a tombstone, a text, or torn
}

func (r *depotRecord) at(path string) any {
	var v any = r.doc
	for name := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

func (r *depotRecord) num(path string) (float64, bool) {
	n, ok := r.at(path).(float64)
	return n, ok
}

const depotText = `The northern depot was built in 1962 and holds at most 400 parcels a day. Meter readings were written by hand until 1981.
Parcels that were stolen are written off after 30 days. On average a courier drives 120 km. The door of the lift was blocked 17 times in 1999.`

// depotWorld are parcels with tombstones, meters that are told apart by their keys only, logins some of which are torn, a log and a text.
func depotWorld() (all depot) {
	add := func(topic, key string, at time.Time, value []byte) {
		r := &depotRecord{Record: kafkaops.Record{Topic: topic, Partition: kafkaops.AnyPartition, Key: []byte(key), Timestamp: at, Value: value}}
		_ = json.Unmarshal(value, &r.doc)
		all = append(all, r)
	}
	doc := func(v any) []byte { b, _ := json.Marshal(v); return b }
	for i := range 420 {
		at := now.Add(-time.Duration(i*i%2400) * time.Minute)
		key := fmt.Sprintf("pcl-%03d", i)
		if i%35 == 7 {
			add("parcels", key, at, nil)
			continue
		}
		v := map[string]any{
			"parcel": map[string]any{"id": key, "weight_kg": float64(i*37%400) / 8, "fragile": i%3 == 0}, "fee": float64(i%23) / 4,
			"depot": []string{"north", "south", "harbour", "airport"}[i*i%7%4], "state": []string{"loaded", "delivered", "delivered", "lost", "returned"}[i*3%11%5],
		}
		if i%9 != 4 {
			v["courier"] = map[string]any{"name": []string{"Anna", "Bo", "Carla", "Dmitri", "Esi"}[i%5]}
		}
		add("parcels", key, at, doc(v))
	}
	for i := range 300 {
		v := map[string]any{"kwh": float64(i%17) / 8, "voltage": 215 + float64(i*31%160)/8, "phase": fmt.Sprintf("L%d", 1+i*i%5%3)}
		add("meters", fmt.Sprintf("meter-%d", 1+(i*i+i)%11%9), now.Add(-time.Duration(i*11)*time.Minute), doc(v))
	}
	for i := range 360 {
		v := doc(map[string]any{
			"user": fmt.Sprintf("u-%d", i%29), "success": i%4 != 0, "device": []string{"phone", "laptop", "phone", "tablet", "phone"}[i%5],
			"country": []string{"DE", "NL", "SE"}[i*i%8%3], "attempt_ms": 40 + i*13%900,
		})
		if i%40 == 11 {
			v = v[:len(v)/2]
		}
		add("logins", fmt.Sprintf("s-%d", i), now.Add(-time.Duration(i*5)*time.Minute), v)
	}
	for i := range 90 {
		line := fmt.Sprintf("INFO lift %d stopped at floor %d after %d s", 1+i%4, i%9, 3+i%20)
		if i%6 == 1 {
			line = fmt.Sprintf("WARN door blocked in lift %d for %d s", 1+i%4, i%30)
		}
		add("lift-log", "", now.Add(-time.Duration(90-i)*time.Minute), []byte(line))
	}
	add("notes", "n", now.Add(-time.Hour), []byte(depotText))
	return all
}

// depotQuestions were written before any of them was asked.
func depotQuestions(d depot) []asked {
	day := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	clock := func(h int) time.Time { return day.Add(time.Duration(h) * time.Hour) }
	none := expect{refused: true}
	return []asked{
		{"How many parcels are there?", d.of("parcels").count()},
		{"How many parcels were lost?", d.of("parcels", is("state", "lost")).count()},
		{"How many parcels got delivered since noon?", d.of("parcels", is("state", "delivered"), since(clock(12))).count()},
		{"How many fragile parcels were returned?", d.of("parcels", is("parcel.fragile", true), is("state", "returned")).count()},
		{"How many parcels are not fragile?", d.of("parcels", is("parcel.fragile", false)).count()},
		{"What is the heaviest parcel?", d.of("parcels").max("parcel.weight_kg")},
		{"What did parcels weigh on average?", d.of("parcels").mean("parcel.weight_kg")},
		{"How much was paid in fees for parcels in total?", d.of("parcels").sum("fee")},
		{"Which depot handled the most parcels?", d.of("parcels").top("depot", depot.count)},
		{
			"How many parcels went through the harbour depot between 13:00 and 14:00?",
			d.of("parcels", is("depot", "harbour"), since(clock(13)), until(clock(14))).count(),
		},
		{"parcels per depot", d.of("parcels").by("depot", depot.count)},
		{"average fee of parcels by state", d.of("parcels").by("state", func(g depot) expect { return g.mean("fee") })},
		{"How many different couriers carried parcels?", d.of("parcels").distinct("courier.name")},
		{"How many parcels did courier Anna deliver?", d.of("parcels", is("courier.name", "Anna"), is("state", "delivered")).count()},
		{"How many parcels weigh more than 20 kg?", d.of("parcels", over("parcel.weight_kg", 20)).count()},
		{"How many parcels were lost or returned?", d.of("parcels", is("state", "lost", "returned")).count()},
		{"How many tombstones are there in parcels?", d.of("parcels", func(r *depotRecord) bool { return r.Value == nil }).count()},
		{"What was the highest fee of a lost parcel?", d.of("parcels", is("state", "lost")).max("fee")},
		{"How many parcels today?", d.of("parcels", since(day)).count()},
		{"On 20 November, how many parcels were delivered?", d.of("parcels", is("state", "delivered"), since(clock(-24)), until(day)).count()},
		{"How many parcels were stolen?", none},
		{"How many parcels does the northern depot hold?", none},
		{"How many kilometres does a courier drive?", expect{quoted: "120 km"}}, // no topic, and a text says it
		{"which meter has the most messages in meters?", d.of("meters").top("@key", depot.count)},
		{"how many messages has meter-3?", d.of("meters", func(r *depotRecord) bool { return string(r.Key) == "meter-3" }).count()},
		{"What is the highest voltage on phase L2?", d.of("meters", is("phase", "L2")).max("voltage")},
		{"How many kwh were used in total?", d.of("meters").sum("kwh")},
		{"average kwh per phase in meters", d.of("meters").by("phase", func(g depot) expect { return g.mean("kwh") })},
		{"How many readings were there in the last hour in meters?", d.of("meters", since(now.Add(-time.Hour))).count()},
		{"What was the lowest voltage yesterday in meters?", d.of("meters", since(clock(-24)), until(day)).min("voltage")},
		{"Which phase has the highest average kwh?", d.of("meters").top("phase", func(g depot) expect { return g.mean("kwh") })},
		{"How many logins failed?", d.of("logins", is("success", false)).count()},
		{"How many successful logins from NL?", d.of("logins", is("success", true), is("country", "NL")).count()},
		{"How many logins from Sweden, country SE, yesterday?", d.of("logins", is("country", "SE"), since(clock(-24)), until(day)).count()},
		{"How many distinct users logged in today?", d.of("logins", since(day)).distinct("user")},
		{"Which device is used most often for logins?", d.of("logins").top("device", depot.count)},
		{"How often did user u-7 log in?", d.of("logins", is("user", "u-7")).count()},
		{"What share of logins came from a phone?", none},
		{"What is the longest attempt of logins?", d.of("logins").max("attempt_ms")},
		{"How many logins per hour since 12:00?", d.of("logins", since(clock(12))).count()},
		{"How many times was the door blocked in lift-log?", d.of("lift-log", says("door blocked")).count()},
		{"How long did logins attempt on average?", d.of("logins").mean("attempt_ms")},
	}
}

// Questions for numbers about topics that nothing else here knows: computed right, or refused, and never answered otherwise.
func TestFreshQuestionsAreRightOrRefused(t *testing.T) {
	world := depotWorld()
	examine(t, world, depotQuestions(world), "parcels", "meters", "logins", "lift-log", "notes")
}
