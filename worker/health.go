package worker

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"
)

// RoleState is where a role is in its life.
type RoleState string

// The states of a role.
const (
	Starting RoleState = "starting"
	Ready    RoleState = "ready"
	Ended    RoleState = "ended"
	Broken   RoleState = "failed"
)

// Health is what the runner knows of its roles; it serves /livez and /readyz. The zero value is ready for use.
type Health struct {
	mu       sync.Mutex
	roles    map[string]RoleState
	reasons  map[string]func() string
	draining bool
}

// Reasoner is a role that can say what it waits for, before it is ready or while there is nothing to do; "" when nothing.
type Reasoner interface{ Reason() string }

// Explain has reports ask a role what it waits for. The function may be called at any time.
func (h *Health) Explain(role string, reason func() string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.reasons == nil {
		h.reasons = make(map[string]func() string)
	}
	h.reasons[role] = reason
}

// Set notes a role's state.
func (h *Health) Set(role string, s RoleState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.roles == nil {
		h.roles = make(map[string]RoleState)
	}
	h.roles[role] = s
}

// Drain makes the worker unready for good: it is stopping and wants no more work.
func (h *Health) Drain() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.draining = true
}

// Report is the body of /livez and /readyz.
type Report struct {
	Ready    bool                 `json:"ready"`
	Live     bool                 `json:"live"`
	Draining bool                 `json:"draining"`
	Roles    map[string]RoleState `json:"roles"`
	Reasons  map[string]string    `json:"reasons,omitempty"` // what roles wait for: those that start, and those that have nothing to do yet
}

// Report says how the roles are. Ready: all do what they are for, and no stop was ordered. Live: none has failed.
func (h *Health) Report() Report {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := Report{Ready: !h.draining && len(h.roles) > 0, Live: true, Draining: h.draining, Roles: make(map[string]RoleState, len(h.roles))}
	for name, s := range h.roles {
		r.Roles[name] = s
		r.Ready = r.Ready && s == Ready
		r.Live = r.Live && s != Broken
		if why := h.reasons[name]; (s == Starting || s == Ready) && why != nil {
			if text := why(); text != "" {
				if r.Reasons == nil {
					r.Reasons = make(map[string]string)
				}
				r.Reasons[name] = text
			}
		}
	}
	return r
}

// Register adds GET /livez and GET /readyz to a mux: 200, or 503 when not so; the body names every role.
func (h *Health) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { r := h.Report(); writeReport(w, r, r.Live) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { r := h.Report(); writeReport(w, r, r.Ready) })
}

// HealthPaths are the paths that need no token: a kubelet has none, and they tell nothing but states.
func HealthPaths() []string { return slices.Clone([]string{"/livez", "/readyz", "/_health"}) }

func writeReport(w http.ResponseWriter, r Report, good bool) {
	w.Header().Set("Content-Type", "application/json")
	if !good {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(r) // the client went away: nobody to tell
}
