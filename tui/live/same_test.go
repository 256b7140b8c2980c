package live

import (
	"reflect"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// TestSameJudgementLooksAtEverything changes one field after the other, whatever fields there are: a field added later that is not compared
// would leave a stale screen, and fails here.
func TestSameJudgementLooksAtEverything(t *testing.T) {
	var a roundtrip.Judgement
	if !sameJudgement(a, a) {
		t.Fatal("a judgement differs from itself")
	}
	each(t, reflect.TypeFor[roundtrip.Judgement](), nil, func(path []int, name string) {
		var b roundtrip.Judgement
		f := reflect.ValueOf(&b).Elem().FieldByIndex(path)
		change(t, f)
		unseen := name == "At" // the moment of looking is not news
		if same := sameJudgement(a, b); same != unseen {
			t.Errorf("%s changed: same = %v", name, same)
		}
	})
}

// each calls f for every field, and inside the structs that are compared by their parts.
func each(t *testing.T, typ reflect.Type, path []int, f func(path []int, name string)) {
	t.Helper()
	for i := range typ.NumField() {
		field := typ.Field(i)
		at := append(append([]int{}, path...), i)
		switch {
		case field.Type == reflect.TypeFor[roundtrip.Run]():
			f(append(at, 0), "Run.ID")
		case field.Type.Kind() == reflect.Struct && field.Type != reflect.TypeFor[time.Time]():
			each(t, field.Type, at, f)
		default:
			f(at, field.Name)
		}
	}
}

func change(t *testing.T, f reflect.Value) {
	t.Helper()
	switch {
	case f.Type() == reflect.TypeFor[time.Time]():
		f.Set(reflect.ValueOf(time.Unix(1, 0)))
	case f.Kind() == reflect.String:
		f.SetString("x")
	case f.Kind() == reflect.Bool:
		f.SetBool(true)
	case f.CanInt():
		f.SetInt(1)
	case f.Kind() == reflect.Slice:
		f.Set(reflect.MakeSlice(f.Type(), 1, 1))
	case f.Kind() == reflect.Pointer:
		f.Set(reflect.New(f.Type().Elem()))
	default:
		t.Fatalf("how to change a %s?", f.Type())
	}
}
