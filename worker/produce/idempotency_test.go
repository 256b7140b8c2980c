package produce

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

func answered(offset int64) func() outcome {
	return func() outcome { return outcome{stored: stored{Topic: "t", Offset: offset}} }
}

func failedWith(class kafkaops.Class) func() outcome {
	return func() outcome { return outcome{err: kafkaops.NewError(class, "producing", "t", "", errors.New("x"))} }
}

func TestWhatIsRemembered(t *testing.T) {
	cases := map[string]struct {
		first    func() outcome
		repeated bool
	}{
		"a success":                {answered(1), true},
		"a definite refusal":       {failedWith(kafkaops.Invalid), true},
		"an unknown topic":         {failedWith(kafkaops.NotFound), false},
		"no broker":                {failedWith(kafkaops.Unreachable), false},
		"a full queue":             {failedWith(kafkaops.Unavailable), false},
		"an outcome not yet known": {failedWith(kafkaops.TimedOut), false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a := newAnswers(10, time.Minute, time.Now)
			a.do(t.Context(), "k", c.first)
			if _, replayed := a.do(t.Context(), "k", answered(2)); replayed != c.repeated {
				t.Errorf("repeated: %v, want %v", replayed, c.repeated)
			}
		})
	}
}

func TestAKeyIsForgottenAfterItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnswers(10, 10*time.Minute, time.Now)
		a.do(t.Context(), "k", answered(1))
		time.Sleep(10*time.Minute - time.Second)
		if out, replayed := a.do(t.Context(), "k", answered(2)); !replayed || out.stored.Offset != 1 {
			t.Errorf("within the time: %+v, %v", out, replayed)
		}
		time.Sleep(2 * time.Second)
		if out, replayed := a.do(t.Context(), "k", answered(2)); replayed || out.stored.Offset != 2 {
			t.Errorf("after it: %+v, %v", out, replayed)
		}
	})
}

func TestMemoryIsBoundedByRefusingNewKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnswers(3, time.Minute, time.Now)
		for i := range 3 {
			a.do(t.Context(), fmt.Sprint(i), answered(int64(i)))
		}
		out, _ := a.do(t.Context(), "3", answered(3))
		if kafkaops.ClassOf(out.err) != kafkaops.Unavailable || kafkaops.HintOf(out.err) == "" {
			t.Errorf("a key too many: %v", out.err)
		}
		if out, replayed := a.do(t.Context(), "0", answered(9)); !replayed || out.stored.Offset != 0 {
			t.Error("a key that was promised was forgotten")
		}
		time.Sleep(time.Minute + time.Second)
		if out, _ := a.do(t.Context(), "3", answered(3)); out.err != nil {
			t.Errorf("after the time there is room: %v", out.err)
		}
	})
}

func TestAFailureLetsTheOneWhoWaitsTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnswers(10, time.Minute, time.Now)
		go a.do(t.Context(), "k", func() outcome {
			time.Sleep(time.Second)
			return failedWith(kafkaops.TimedOut)()
		})
		synctest.Wait()
		out, replayed := a.do(t.Context(), "k", answered(7))
		if replayed || out.stored.Offset != 7 {
			t.Errorf("%+v, replayed %v", out, replayed)
		}
	})
}

func TestWhoWaitsGivesUpWithItsContext(t *testing.T) {
	a := newAnswers(10, time.Minute, time.Now)
	inside, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	go a.do(context.Background(), "k", func() outcome {
		close(inside)
		<-release
		return outcome{}
	})
	<-inside
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if out, _ := a.do(ctx, "k", answered(1)); kafkaops.ClassOf(out.err) != kafkaops.TimedOut {
		t.Errorf("%+v", out)
	}
}
