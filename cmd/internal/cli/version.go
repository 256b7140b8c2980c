package cli

import (
	"cmp"
	"runtime/debug"
	"slices"
)

// Version is what is known of the binary.
type Version struct {
	Version    string `json:"version"`          // the module's version, or "devel"
	Commit     string `json:"commit,omitempty"` // of the source; "+dirty" behind it if that was changed
	Go         string `json:"go"`
	Confluent  string `json:"confluent_kafka_go"`
	Librdkafka string `json:"librdkafka"`
}

// commit is what an image's build names with -ldflags -X, where there is no git.
var commit string

// BuildVersion reads what the linker wrote into the binary. confluent-kafka-go bundles the librdkafka of its own version number.
func BuildVersion() Version {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Version{Version: "devel"}
	}
	v := Version{Version: info.Main.Version, Go: info.GoVersion}
	if v.Version == "" || v.Version == "(devel)" {
		v.Version = "devel"
	}
	setting := func(key string) string {
		i := slices.IndexFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == key })
		if i < 0 {
			return ""
		}
		return info.Settings[i].Value
	}
	v.Commit = setting("vcs.revision")
	if v.Commit != "" && setting("vcs.modified") == "true" {
		v.Commit += "+dirty"
	}
	v.Commit = cmp.Or(v.Commit, commit)
	for _, m := range info.Deps {
		if m.Path == "github.com/confluentinc/confluent-kafka-go/v2" {
			v.Confluent, v.Librdkafka = m.Version, m.Version
		}
	}
	return v
}
