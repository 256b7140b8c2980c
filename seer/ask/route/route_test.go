package route

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 21, 14, 30, 0, 0, time.UTC)

// shop is a world with two kinds of orders, sensors, a log and texts.
func shop() Known {
	str, num := "string", "number"
	return Known{Now: now, Topics: []Topic{
		{Name: "orders", Fields: []Field{
			{Path: "order.id", Kind: str}, {Path: "order.customer_id", Kind: str}, {Path: "amount", Kind: num}, {Path: "country", Kind: str, Values: []string{"DE", "FR", "IT"}},
			{Path: "status", Kind: str, Values: []string{"created", "shipped", "cancelled"}},
		}},
		{Name: "payments", Fields: []Field{
			{Path: "payment_id", Kind: str}, {Path: "order_id", Kind: str}, {Path: "amount", Kind: num}, {Path: "refunded", Kind: "bool"},
			{Path: "status", Kind: str, Values: []string{"accepted", "declined", "failed"}}, {Path: "method", Kind: str, Values: []string{"card", "bank transfer", "cash"}},
			{Path: "coupon", Kind: str}, {Path: "batch.payments", Kind: num},
		}},
		{Name: "sensors", Fields: []Field{
			{Path: "sensor", Kind: str}, {Path: "celsius", Kind: num}, {Path: "room", Kind: str, Values: []string{"hall", "kitchen"}},
		}},
		{Name: "http_access", Fields: []Field{
			{Path: "status", Kind: num, Values: []string{"200", "404", "500"}}, {Path: "duration_ms", Kind: num}, {Path: "path", Kind: str},
			{Path: "level", Kind: str, Values: []string{"ERROR", "INFO"}},
		}},
		{Name: "consumer-log", Holds: func(w []string) bool {
			const pattern = "connection to broker timed out time"
			return !slices.ContainsFunc(w, func(word string) bool { return !strings.Contains(pattern, word) })
		}},
		{Name: "charges", Fields: []Field{
			{Path: "card.brand", Kind: str, Values: []string{"amex", "visa"}}, {Path: "method", Kind: str, Values: []string{"card", "wallet"}},
		}},
		{Name: "gauges", Fields: []Field{{Path: "bar", Kind: num}}, KeyWord: func(w string) bool { return w == "gauge" }},
		{Name: "seer-statement"},
	}}
}

// short writes a route for comparison.
func short(r Route) string {
	var b strings.Builder
	b.WriteString(string(r.Wish))
	if r.Place != nil {
		fmt.Fprintf(&b, " %s/%d@%d", r.Place.Topic, r.Place.Partition, r.Place.Offset)
	}
	for _, s := range r.Scopes {
		b.WriteString(" " + s.Topic)
		if s.Field != "" {
			b.WriteString(" field=" + s.Field)
		}
		if s.By != "" {
			b.WriteString(" by=" + s.By)
		}
		for _, f := range s.Filters {
			fmt.Fprintf(&b, " [%s %s %s]", f.Path, f.Op, strings.Join(f.Values, "|"))
		}
	}
	if len(r.Partitions) > 0 {
		fmt.Fprint(&b, " p", r.Partitions)
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return "…"
		}
		return strings.TrimSuffix(t.UTC().Format("02T15:04:05"), ":00")
	}
	if !r.Span.From.IsZero() || !r.Span.To.IsZero() {
		b.WriteString(" " + at(r.Span.From) + "–" + at(r.Span.To))
	}
	if r.Top > 0 {
		fmt.Fprint(&b, " top", r.Top)
	}
	for _, f := range []struct {
		on   bool
		name string
	}{{r.Least, "least"}, {r.ByValue, "byvalue"}, {r.Often, "often"}, {r.When, "when"}, {r.IsKey, "key"}, {r.Also, "also"}} {
		if f.on {
			b.WriteString(" " + f.name)
		}
	}
	if r.Unit > 0 {
		b.WriteString(" /" + r.Unit.String())
	}
	if r.Bound && r.Wish == Meaning {
		b.WriteString(" bound")
	}
	for _, u := range r.Unknown {
		b.WriteString(" ?" + u.Word)
	}
	if len(r.Left) > 0 {
		fmt.Fprintf(&b, " left%v", r.Left)
	}
	return b.String()
}

func TestRoutes(t *testing.T) {
	r := New(shop())
	for _, c := range []struct{ question, want string }{
		{"How many messages are in orders?", "count orders"},
		{"How many messages are in the topic orders since 14:00?", "count orders 21T14:00–…"},
		{"how many orders were there in the last 10 minutes", "count orders 21T14:20–…"},
		{"How many orders between 13:58 and 14:02?", "count orders 21T13:58–21T14:02"},
		{"How many orders yesterday?", "count orders 20T00:00–21T00:00"},
		{"How many orders arrived today?", "count orders 21T00:00–22T00:00"},
		{"Number of payments before 2026-11-20T10:00:00Z", "count payments …–20T10:00"},
		{"How many payments were declined?", "count payments [status = declined]"},
		{"How many payments failed or were declined?", "count payments [status = failed|declined]"},
		{"How many declined payments since 2026-11-20 12:00 UTC?", "count payments [status = declined] 20T12:00–…"},
		{"count the payments where status is declined and amount above 100", "count payments [amount > 100] [status = declined]"},
		{"How many payments were not declined?", "count payments [status ≠ declined]"},
		{"How many payments by bank transfer were refunded?", "count payments [method = bank transfer] [refunded = true]"},
		{"How many payments were not refunded?", "count payments [refunded = false]"},
		{"How many payments have a coupon?", "count payments [coupon exists ]"},
		{"How many payments per status?", "count payments by=status"},
		{"How many different customers placed orders?", "distinct orders field=order.customer_id left[placed]"},
		{"How many customers placed orders?", "distinct orders field=order.customer_id left[placed]"},
		{"How many distinct customer ids are there in orders?", "distinct orders field=order.customer_id"},
		{"Which sensor has the most readings?", "count sensors by=sensor top1"},
		{"Which sensor has the highest celsius?", "max sensors field=celsius by=sensor top1 byvalue"},
		{"What is the highest celsius?", "max sensors field=celsius"},
		{"What was the highest temperature in sensors?", "max sensors field=celsius"},
		{"hottest reading of the sensors", "max sensors field=celsius"},
		{"What is the average amount of payments?", "mean payments field=amount"},
		{"total amount of orders from DE", "sum orders field=amount [country = DE]"},
		{"average amount of an order per country", "mean orders field=amount by=country"},
		{"Which status is most frequent in payments?", "count payments by=status top1"},
		{"What is the most common status in payments?", "count payments by=status top1"},
		{"Which statuses are there in payments?", "count payments by=status"},
		{"top 5 customers in orders", "count orders by=order.customer_id top5"},
		{"How many requests returned 500 in http_access?", "count http_access [status = 500]"},
		{"how many http access entries with status 500", "count http_access [status = 500]"},
		{"How many errors are there?", "count http_access [level = ERROR]"},
		{"How many orders per second?", "rate orders /1s"},
		{"How many orders per hour?", "rate orders /1h0m0s"},
		{"How many orders for each hour?", "count orders by=@hour"},
		{"How many messages per partition in orders?", "count orders by=@partition"},
		{"How many messages are on partition 1 of orders?", "count orders p[1]"},
		{"What is the newest order?", "last orders"},
		{"When was the first declined payment?", "first payments [status = declined] when"},
		{"What was the last message in orders with key order-42?", "last orders [@key = order-42]"},
		{"celsius above 30 in the kitchen", "lookup sensors [celsius > 30] [room = kitchen]"},
		{"How many readings had celsius between 20 and 25?", "count sensors [celsius ≥ 20] [celsius ≤ 25]"},
		{"How many messages had celsius between 20 and 25?", "count sensors [celsius ≥ 20] [celsius ≤ 25]"},
		{"message 42 on partition 1 of orders", "lookup orders/1@42 p[1]"},
		{"What is at orders/2@118?", "lookup orders/2@118"},
		{"offset 2@118", "lookup /2@118"},
		{"What happened to order-42?", "lookup orders [ holds order-42] payments [ holds order-42] sensors [ holds order-42] http_access [ holds order-42] consumer-log [ holds order-42] charges [ holds order-42] gauges [ holds order-42] seer-statement [ holds order-42]"},
		{"find 01ARZ3NDEKTSV4RRFFQ69G5FAV in payments", "lookup payments [ holds 01ARZ3NDEKTSV4RRFFQ69G5FAV]"},
		{"what is the status of order-42 in orders", "lookup orders field=status [ holds order-42]"},
		{"show the declined payments", "lookup payments [status = declined]"},
		{"How many messages in consumer-log mention \"timed out\"?", "count consumer-log [ contains timed out]"},
		{"how often did connections time out in the consumer log", "count consumer-log [ holds connection] [ holds time] often"},
		{"how many connections timed out in the consumer log", "count consumer-log [ holds connection] [ holds timed]"},
		{"How many legs does a Wilymajinka have?", "count ?legs ?Wilymajinka"},
		{"Who are the Wilymajinkas?", "meaning ?Wilymajinkas"},
		{"Why were payments declined?", "meaning"},
		{"How many messages are in shipments?", "count ?shipments"},
		{"What is the median amount of payments?", "meaning bound ?median ?amount"},
		{"How many payments did Bob make?", "count payments [ holds Bob]"},
		{"How many sensors are there?", "count sensors field=sensor also"},
		{"Which hour had the most orders?", "count orders by=@hour top1"},
		{"What's the busiest hour in orders?", "count orders by=@hour top1"},
		{"show the last 5 orders", "lookup orders"},
		{"How many tombstones are in orders?", "count orders [@tombstone exists ]"},
		{"list all statuses in payments", "count payments by=status"},
		{"What are the possible statuses of payments?", "count payments by=status"},
		{"How many orders did customer c-7 place?", "count orders [order.customer_id = c-7]"},
		{"How many orders were placed by customer c-7?", "count orders [order.customer_id = c-7] left[placed]"},
		{"average celsius of sensor s3", "mean sensors field=celsius [sensor = s3]"},
		{"which customer has the most orders", "count orders by=order.customer_id top1"},
		{"which customers have more than 10 orders", "meaning ?customers ?more ?10"},
		{"How many payments above 20?", "count ?above ?20"},
		{"How many payments were made without a card?", "count payments [method ≠ card] left[made]"},
		{"How many orders were neither created nor shipped?", "count orders [status ≠ created] [status ≠ shipped]"},
		{"How many payments were declined because of fraud?", "count ?because ?fraud"},
		{"How many orders were shipped late?", "count ?late"},
		{"What happened to payment ab12-cd?", "lookup payments [payment_id = ab12-cd]"},
		{"How many pieces did the customers order in total (amount)?", "sum orders field=amount"},
		{"How many coupons did the orders use?", "count ?coupons"},
		{"How many payments between 13:00 and 15:00?", "count payments 21T13:00–21T15:00"},
		{"How many payments on 20 November between 13:00 and 15:00?", "count payments 20T13:00–20T15:00"},
		{"How many payments on 21 November?", "count payments 21T00:00–22T00:00"},
		{"How many payments since noon?", "count payments 21T12:00–…"},
		{"How many payments before noon today?", "count payments 21T00:00–21T12:00"},
		{"How many payments in the last hour?", "count payments 21T13:30–…"},
		{"How many payments today or yesterday?", "count 21T00:00–21T00:00 ?today"},
		{"How many payments were used?", "count payments left[used]"},
		{"How many payments were not used?", "count ?not ?used"},
		{"How many payments were sent?", "count payments left[sent]"},
		{"How many messages were sent to payments?", "count payments"},
		{"How many orders from France, country FR, were shipped?", "count orders [country = FR] [status = shipped] left[France]"},
		{"How many orders from France are of country FR?", "count orders [country = FR] [ holds France]"},
		{"How many orders were shipped or from DE?", "count ?or"},
		{"How many orders were not shipped or cancelled?", "count ?or"},
		{"How many orders were shipped on time?", "count ?time"},
		{"How many requests have duration over 0.5 seconds in http_access?", "count ?seconds"},
		{"How many requests have duration over 500 ms in http_access?", "count http_access [duration_ms > 500]"},
		{"How many of the last 100 payments were declined?", "count ?last ?100"},
		{"Of the last 100 payments, how many were declined?", "meaning bound ?many"},
		{"How long did the requests take at most in http_access?", "max http_access field=duration_ms"},
		{"How warm was it on average in the kitchen?", "mean sensors field=celsius [room = kitchen]"},
		{"What is the declined rate of payments?", "meaning bound ?rate"},
		{"How many payments were refunded per method?", "count payments by=method [refunded = true]"},
		{"which gauge has the most messages in gauges", "count gauges by=@key top1"},
		{"how many messages has gauge-3", "count gauges [@key = gauge-3]"},
		{"how many different gauges are in gauges", "distinct gauges field=@key"},
		{"which dial has the most messages in gauges", "meaning bound ?dial ?most"},
		{"What is the average amount?", "mean orders field=amount payments field=amount"},
		{"How much was declined in payments?", "meaning bound ?much"},
		{"What is the average number of orders per customer?", "count ?average"},
		{"How many visa cards were used in charges?", "count charges [card.brand = visa] left[used]"},
		{"What share of payments was declined?", "meaning bound ?share"},
		{"What is the median amount of orders?", "meaning bound ?median ?amount"},
		{"How many messages?", "count orders payments sensors http_access consumer-log charges gauges seer-statement"},
		{"Who was the first king of Zorn?", "first ?king ?Zorn"},
	} {
		if got := short(r.Parse(c.question, nil)); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.question, got, c.want)
		}
	}
}
