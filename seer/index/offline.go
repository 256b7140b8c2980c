package index

import "context"

// Offline makes an embedder of the table in the binary.
func Offline(t Table) Embedder { return offline{t} }

type offline struct{ Table }

// Embed never fails but for a context that is done.
func (o offline) Embed(ctx context.Context, kind Kind, texts []string) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		if i%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		vectors[i] = tableVector(o.Table, kind, text)
	}
	return vectors, nil
}

func tableVector(t Table, kind Kind, text string) []float32 {
	if kind == Template {
		return t.Template(make([]float32, 0, t.Dim()), text)
	}
	return t.Prose(make([]float32, 0, t.Dim()), text)
}
