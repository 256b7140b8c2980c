package sshd

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

const (
	maxContexts     = 64
	maxContextBytes = 64
	maxSources      = 256
)

// source is one pattern of from="…".
type source struct {
	prefix  netip.Prefix
	negated bool
}

// applyOptions reads the options of one line into g, in their order, as OpenSSH does. An option that is not honoured here is an error: it was
// meant to restrict, and a key that is freer than its line says is worse than one that is refused.
func (g *grant) applyOptions(options []string) error {
	seen := map[string]bool{}
	for _, option := range options {
		name, quoted, hasValue := strings.Cut(option, "=")
		name = strings.ToLower(name) // as OpenSSH
		if seen[name] {
			return fmt.Errorf("option %s stands there twice", name)
		}
		seen[name] = true
		var err error
		if hasValue {
			err = g.applyValue(name, quoted)
		} else {
			err = g.applyFlag(name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// applyFlag takes an option without a value. Forwarding, agents and the user's rc file are never given, so to forbid them costs nothing.
func (g *grant) applyFlag(name string) error {
	switch name {
	case "no-port-forwarding", "no-agent-forwarding", "no-x11-forwarding", "no-user-rc":
	case "no-pty", "restrict":
		g.console = false
	case "pty":
		g.console = true
	case "krapp-exec":
		g.mayExec = true
	case "krapp-role", "krapp-contexts", "expiry-time", "from":
		return fmt.Errorf("option %s needs a value in quotes", name)
	default:
		return fmt.Errorf("option %s is not honoured here", name)
	}
	return nil
}

func (g *grant) applyValue(name, quoted string) error {
	value, err := unquote(quoted)
	if err != nil {
		return fmt.Errorf("option %s: %w", name, err)
	}
	switch name {
	case "krapp-role":
		g.role = Role(value)
		if g.role != Operator && g.role != ReadOnly {
			return fmt.Errorf("krapp-role is %s or %s", Operator, ReadOnly)
		}
	case "krapp-contexts":
		g.contexts, err = parseContexts(value)
	case "expiry-time":
		g.expires, err = parseExpiry(value)
	case "from":
		g.from, err = parseSources(value)
	default:
		return fmt.Errorf("option %s is not honoured here", name)
	}
	if err != nil {
		return fmt.Errorf("option %s: %w", name, err)
	}
	return nil
}

// unquote takes the quotes off a value. None that is honoured here holds quotes or backslashes, and where such a one ends is a matter of taste.
func unquote(quoted string) (string, error) {
	if len(quoted) < 2 || quoted[0] != '"' || quoted[len(quoted)-1] != '"' {
		return "", errors.New("its value stands in quotes")
	}
	value := quoted[1 : len(quoted)-1]
	if strings.ContainsAny(value, `"\`) {
		return "", errors.New("a value has neither quotes nor backslashes in it")
	}
	return value, nil
}

func parseContexts(value string) ([]string, error) {
	names := strings.Split(value, ",")
	if len(names) > maxContexts {
		return nil, fmt.Errorf("more than %d contexts", maxContexts)
	}
	for _, name := range names {
		if name == "" || len(name) > maxContextBytes || strings.TrimSpace(name) != name || printable(name, 2*maxContextBytes) != name {
			return nil, errors.New("a context's name is empty, too long or unprintable")
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// parseExpiry reads YYYYMMDD[HHMM[SS]][Z]; without Z it is in this machine's time zone, as in OpenSSH.
func parseExpiry(value string) (time.Time, error) {
	digits, utc := strings.CutSuffix(strings.ToUpper(value), "Z")
	zone := time.Local
	if utc {
		zone = time.UTC
	}
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if len(digits) != len(layout) || strings.Trim(digits, "0123456789") != "" {
			continue
		}
		if t, err := time.ParseInLocation(layout, digits, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("it has the form YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, and Z after it for UTC")
}

func parseSources(value string) ([]source, error) {
	patterns := strings.Split(value, ",")
	if len(patterns) > maxSources {
		return nil, fmt.Errorf("more than %d addresses", maxSources)
	}
	var sources []source
	for _, pattern := range patterns {
		text, negated := strings.CutPrefix(pattern, "!")
		prefix, err := parsePrefix(text)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source{prefix, negated})
	}
	return sources, nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a network; names are not looked up", printable(text, nameBytes))
	case prefix.Masked() != prefix || prefix.Addr().Is4In6():
		return netip.Prefix{}, fmt.Errorf("%s is no network: write %s, or the address alone", prefix, prefix.Masked())
	}
	return prefix, nil
}

// allows says whether from="…" lets an address in: one pattern must match, and none that is negated. Without the option everybody is.
func (g *grant) allows(addr netip.Addr) bool {
	if g.from == nil {
		return true
	}
	addr = addr.Unmap().WithZone("")
	matched := false
	for _, s := range g.from {
		if !s.prefix.Contains(addr) {
			continue
		}
		if s.negated {
			return false
		}
		matched = true
	}
	return matched
}
