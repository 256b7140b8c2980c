package httpd

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/krapp-io/krapp/kafkaops"
)

// ErrorBody is the JSON of every answer that is not 2xx.
type ErrorBody struct {
	Error string         `json:"error"`
	Class kafkaops.Class `json:"class"`
	Hint  string         `json:"hint"`
}

// WriteJSON answers with a JSON object.
func WriteJSON(w http.ResponseWriter, status int, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		WriteError(w, kafkaops.NewError(kafkaops.Internal, "encoding the answer", "", "", err))
		return
	}
	writeRaw(w, status, raw)
}

// WriteError answers with the error's JSON and the status of its class.
func WriteError(w http.ResponseWriter, err error) { WriteErrorStatus(w, StatusOf(err), err) }

// WriteErrorStatus answers with the error's JSON under a status of the caller's; 503 gets a Retry-After.
func WriteErrorStatus(w http.ResponseWriter, status int, err error) {
	if status == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "1")
	}
	raw, _ := json.Marshal(ErrorBody{Error: err.Error(), Class: kafkaops.ClassOf(err), Hint: kafkaops.HintOf(err)}) // strings always encode
	writeRaw(w, status, raw)
}

func writeRaw(w http.ResponseWriter, status int, raw []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(raw, '\n')) // the client went away: nobody to tell
}

// StatusOf is the HTTP status of an error: by its class, but 413 for a body over the limit.
func StatusOf(err error) int {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	switch kafkaops.ClassOf(err) {
	case kafkaops.Invalid:
		return http.StatusBadRequest
	case kafkaops.NotFound:
		return http.StatusNotFound
	case kafkaops.AlreadyExists, kafkaops.Conflict:
		return http.StatusConflict
	case kafkaops.Unauthorised:
		return http.StatusForbidden
	case kafkaops.Unauthenticated:
		return http.StatusBadGateway // the worker's own credentials towards the brokers; the caller's get 401 from the guard
	case kafkaops.Unreachable, kafkaops.Unavailable:
		return http.StatusServiceUnavailable
	case kafkaops.TimedOut:
		return http.StatusGatewayTimeout
	case kafkaops.Unsupported:
		return http.StatusNotImplemented
	default:
		return http.StatusInternalServerError
	}
}

// ReadBody reads a request's whole body, within the server's limit. Errors are invalid; StatusOf gives 413 for a body over the limit.
func ReadBody(r *http.Request) ([]byte, error) {
	raw, err := io.ReadAll(r.Body)
	if err == nil {
		return raw, nil
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, kafkaops.NewError(kafkaops.Invalid, "reading the body", "", "send less, or raise --body-limit", err)
	}
	return nil, kafkaops.NewError(kafkaops.Invalid, "reading the body", "", "send the body that Content-Length announces", err)
}
