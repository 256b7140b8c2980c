package read

import (
	"slices"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/job"
)

// may says why a record's source must not be read here: anybody who may write to the topic could name files and hosts that only this process
// reaches. It has to be one of the reader's own sources, or what the job's URL makes of the record's variables.
func (o *Options) may(s *job.State) error {
	if slices.ContainsFunc(o.Sources, func(own job.Source) bool { return own.URL == s.URL }) {
		return nil
	}
	choose := make(map[string][]string, len(o.Job.Files.Lists))
	for _, l := range o.Job.Files.Lists {
		if v, ok := s.Vars[l.Name]; ok {
			choose[l.Name] = []string{v}
		}
	}
	derived, err := o.Job.Sources(choose)
	if err == nil && len(derived) == 1 && o.names(derived[0].URL, s.URL) {
		return nil
	}
	return kafkaops.Errorf(kafkaops.Unauthorised, "opening source", s.URL, "start this reader with the options of the one that registered the source, then try again",
		"this reader was not asked to read it: neither its sources nor its job name that URL")
}

// names says whether the job's URL, or the one with the base in its place, is the one asked for.
func (o *Options) names(derived, asked string) bool {
	if derived == asked {
		return true
	}
	if o.Base == "" {
		return false
	}
	based, err := job.WithBase(derived, o.Base)
	return err == nil && based == asked
}
