package template

// cued tells how much a word that varies says, by what stands before it: the name of a person says who it was, not what happened.
func (l *liner) cued() rank {
	switch string(l.prev) {
	case "of", "to":
		return identity
	}
	if isRole(l.prev) {
		return identity
	}
	return usual
}

// isRole knows what the name of a person stands behind.
func isRole(s []byte) bool {
	switch string(s) {
	case "user", "User", "customer", "Customer", "client", "Client", "account", "by", "named", "called", "driver", "agent", "username",
		"administrator", "admin", "operator", "member", "manager", "employee", "owner":
		return true
	}
	return false
}

// isOwned says that the word before is "of" behind what people have, or "to" behind what was done: "password of alice", "granted to alice".
func (l *liner) isOwned() bool {
	switch string(l.prev) {
	case "of":
		switch string(l.before) {
		case "password", "account", "session", "mailbox", "profile", "role", "permissions", "key", "login", "credentials", "order", "quota":
			return true
		}
	case "to":
		return isDone(l.before)
	}
	return false
}

// isDone knows "granted", "assigned", "changed", but for what a verb follows with "to": "failed to open".
func isDone(s []byte) bool {
	if len(s) < 4 || s[len(s)-2] != 'e' || s[len(s)-1] != 'd' {
		return false
	}
	switch string(s) {
	case "failed", "need", "tried", "attempted", "refused", "expected", "allowed", "supposed", "required", "used", "permitted", "configured", "asked",
		"forced", "started", "scheduled", "decided", "continued", "designed", "intended", "wanted", "needed", "planned", "told", "proceed", "succeed":
		return false
	}
	return true
}

// isShort knows G1, S3, EXT4-fs, CPU12, UTF-8: too short for an ID, and mostly one of few.
func (t *table) isShort(s []byte) bool {
	if len(s) < 2 || len(s) > 7 || t[s[0]]&isUpper == 0 || s[0] >= 0x80 {
		return false
	}
	n := t.count(s)
	return n.digits <= 2 && n.letters+n.digits+n.hyphens == len(s)
}

// stemOf returns what of a name with a number says something: "Win.Trojan.Agent" of Win.Trojan.Agent-7014, none of node-12.
func (t *table) stemOf(s []byte) []byte {
	end := len(s)
	for end > 0 && t[s[end-1]]&isDigit != 0 {
		end--
	}
	if end == len(s) || end < 4 || len(s)-end > 6 || s[end-1] != '-' && s[end-1] != '_' && s[end-1] != '.' && s[end-1] != '#' {
		return nil
	}
	stem := s[:end-1]
	if n := t.count(stem); n.digits+n.others+n.colons+n.slashes > 0 || n.dots == 0 || t[stem[0]]&isUpper == 0 {
		return nil
	}
	return stem
}

// isCue says that a name may follow.
func isCue(s []byte) bool {
	switch string(s) {
	case "user", "User", "customer", "Customer", "client", "Client", "account", "host", "Host", "server", "Server", "node", "Node", "by", "from", "for",
		"named", "called", "city", "country", "region", "product", "item", "topic", "group", "queue", "table", "database", "file", "service",
		"administrator", "admin", "operator", "member", "manager", "employee", "owner", "Service", "job", "Job", "task", "Task", "worker", "Worker", "thread", "device", "sensor", "vendor", "tenant", "merchant", "agent",
		"driver", "pod", "container", "namespace", "cluster", "username", "hostname", "module", "plugin":
		return true
	}
	return false
}

// isFunction says that the word is none that names anything.
func isFunction(s []byte) bool {
	switch string(s) {
	case "the", "a", "an", "this", "that", "its", "all", "any", "no", "is", "are", "was", "were", "has", "have", "had", "not", "and", "or", "of", "in",
		"on", "at", "to", "with", "by", "from", "for", "be", "been", "will", "can", "could", "did", "does", "as", "another", "which", "who":
		return true
	}
	return false
}
