// Package secretfile reads secrets from files that nobody but this process's user can read.
//
// Two kinds of file are private: one of mode 0600 or stricter, and one as Kubernetes mounts it for a pod that isn't root (a Secret with
// defaultMode 0400 and the pod's fsGroup): owned by root, readable to a group of this process, and closed to everybody else. Links are
// followed; what they lead to is judged.
package secretfile
