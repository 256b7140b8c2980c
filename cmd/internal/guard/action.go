package guard

// Kind is what is done.
type Kind string

// The kinds of actions.
const (
	CreateTopic Kind = "topic.create"
	DeleteTopic Kind = "topic.delete"
	Produce     Kind = "record.produce"
	StartRun    Kind = "run.start"
	CancelRun   Kind = "run.cancel"
	StartJob    Kind = "job.start"
	StopJob     Kind = "job.stop"
	Teach       Kind = "seer.statement" // a text for the seer to learn
	RunWorkers  Kind = "workers.run"    // krapp up
	UseContext  Kind = "context.use"    // makes it the current one in the configuration
	GoToContext Kind = "context.go"     // the console goes there
	ReadFile    Kind = "file.read"      // of the machine that the console runs on
	Edit        Kind = "editor.run"     // on that machine
	Exec        Kind = "exec"           // a krapp command over SSH
)

// rule is what a kind of action needs.
type rule struct {
	changes bool   // the cluster, or what others use: needs an operator and a context that isn't read-only
	served  string // why a served console refuses it; "": it doesn't
	quiet   bool   // it changes nothing and is tried often: only its refusal is written down
	hint    string // what to do instead
}

const (
	noFiles  = "this console is served: it has no files"
	noEditor = "this console is served: it has no editor"
	noWork   = "this console is served: it runs no jobs"
	noConfig = "this console is served: it has no configuration of yours"
)

// rules has every kind; an unknown one is refused.
func rules(k Kind) (rule, bool) {
	r, ok := map[Kind]rule{
		CreateTopic: {changes: true},
		DeleteTopic: {changes: true},
		Produce:     {changes: true},
		StartRun:    {changes: true},
		CancelRun:   {changes: true},
		Teach:       {changes: true},
		RunWorkers:  {changes: true, served: noWork, hint: "Run krapp-worker."},
		StartJob:    {changes: true, served: noWork, hint: "Start it with krapp-worker read and krapp-worker compute, or in a console of your own."},
		StopJob:     {served: noWork, hint: "Stop the workers where they run."},
		UseContext:  {served: noConfig, hint: "Choose a context with :contexts."},
		GoToContext: {},
		ReadFile:    {served: noFiles, quiet: true, hint: "Use krapp on your own machine: krapp doit --file sends a file's lines."},
		Edit:        {served: noEditor, quiet: true, hint: "Type it into the field."},
		Exec:        {},
	}[k]
	return r, ok
}

// Action is one thing to be done. Its words go to the audit log: no message bodies, no secrets.
type Action struct {
	Kind     Kind
	Resource string // the topic, run, job, context
	Detail   string
	Files    bool          // it reads files of the machine that the console runs on
	Result   func() string // more detail, once it is done; may be nil
}
