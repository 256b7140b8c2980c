package cite

import "testing"

// TestHonestAnswersPass: answers as good models write them over such evidence. None of their sentences may be lost.
func TestHonestAnswersPass(t *testing.T) {
	evidence := map[int]Piece{
		1: {Text: `topic payments` + "\n" + `A kind of message in topic payments: payment <id> declined: <text>` + "\nRead 17 times, first at 2026-11-21T13:58:01Z, last at 2026-11-21T14:02:44Z.\nThe newest: payment 81723 declined: insufficient funds for customer C-1192",
			Place: "partition 2, offset 4711", At: ", at 2026-11-21T14:02:44Z"},
		2: {Text: `topic gateway, one of 312 records that look the same` + "\n" + `2026-11-21 14:01:12.503 ERROR [http-nio-8080-exec-7] c.k.gateway.Upstream - connection to 10.0.3.17:5432 timed out after 30000 ms`,
			Place: "partition 0, offset 991", At: ", at 2026-11-21T14:01:12Z"},
		3: {Text: `topic readings` + "\n" + `{"sensor":"roof-3","celsius":31.4,"humidity":0.62,"site":{"name":"Harbour North","lat":54.32}}`, Place: "partition 1, offset 20", At: ", at 2026-11-21T14:00:00Z"},
		4: {Text: `topic tales, the text "On the Wilymajinkas"` + "\nThe Wilymajinkas dwell along the lower Ondra. They are a shy folk, seldom taller than a goat, and barter glass beads for salt. " +
			"No Wilymajinka has ever been seen to run; haste, they say, is for the hunted.", Place: "partition 0, offset 3, passage 1"},
		5: {Text: "1,204,117 messages in orders", Mark: "(counted)"},
	}
	for _, answer := range []string{
		"Payments are being declined mainly because of insufficient funds [1].",
		"Between 13:58 and 14:02 UTC, 17 payments were declined [1].",
		"The most recent one is payment 81723, for customer C-1192 [1].",
		"The record at offset 4711 of partition 2 shows a payment declined for insufficient funds [1].",
		"The gateway could not reach the database at 10.0.3.17 (port 5432): the connection timed out after 30,000 ms [2].",
		"A connection to `10.0.3.17:5432` timed out after 30000ms [2].",
		"There are 312 such messages, all about a connection that timed out [2].",
		"At 14:01:12 an upstream connection timed out, and shortly afterwards, at 14:02:44, payment 81723 was declined [1][2].",
		"The sensor roof-3 at Harbour North measured 31.4 °C with a humidity of 0.62 [3].",
		"**Temperature:** 31.4 °C at *Harbour North* [3].",
		"The Wilymajinkas are a shy people who live along the lower Ondra [4].",
		"According to the text “On the Wilymajinkas”, they barter glass beads for salt [4].",
		"They are small, about the size of a goat, and they never run [4].",
		"No. The evidence says that no Wilymajinka has ever been seen to run [4].",
		"They live by the Ondra. They are shy. They trade glass beads for salt [4].",
		"The topic orders holds 1,204,117 messages [5].",
		"In total, there are 1204117 messages in `orders` [5].",
		"In short:\n\n1. **Declines**: 17 payments, for insufficient funds [1].\n2. **Gateway**: a connection timed out [2].\n\nThe two may be related, as the connection timed out before the newest payment was declined [1][2].",
		"## Summary\n\nThe Wilymajinkas:\n\n- live along the lower Ondra [4]\n- barter beads for salt [4]\n- are shy [4]",
		"| Sensor | Celsius |\n| --- | --- |\n| roof-3 | 31.4 [3] |",
		"On 21 November 2026 at about 14:01 the connection timed out [2].",
		"The message reads: \"payment 81723 declined: insufficient funds for customer C-1192\" [1].",
	} {
		got := Check(answer, "What happened with the payments, and who are the Wilymajinkas?", evidence)
		if got.Left > 0 || got.Text == "" {
			t.Errorf("%q\n lost %d: %q\n left %q", answer, got.Left, got.Notes, got.Text)
		}
	}
}

// TestWhatIsNotProven: these are false, and pass. The package's doc says so; what it says must stay true.
func TestWhatIsNotProven(t *testing.T) {
	evidence := map[int]Piece{1: {Text: "topic tales\nThe Wilymajinkas are a shy folk. It was -5 degrees on the 3 bridges."}}
	for name, answer := range map[string]string{
		"turned round":        "The Wilymajinkas are not shy [1].",
		"true words, falsely": "The bridges are shy [1].",
		"a number in words":   "There are nine shy bridges [1].",
		"a sign":              "It was 5 degrees on the bridges [1].",
		"another's number":    "There are 5 bridges [1].",
	} {
		if got := Check(answer, "", evidence); got.Text != answer {
			t.Errorf("%s is caught now: say so in the doc: %q", name, got.Notes)
		}
	}
}
