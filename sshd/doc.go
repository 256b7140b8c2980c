// Package sshd is the door through which a console is served to others: SSH, and of SSH only what a console needs.
//
// A client proves that it holds a key of the authorized-keys file, and gets one terminal, or, where its key allows it, the output of one command.
// Everything else that SSH can do (passwords, forwarding, agents, X11, subsystems, file transfer, environment) is not switched off here: it is not
// there. What the room behind the door may do is not known here: who came in is handed over as a Visitor, and the service layer decides.
//
// Everything that a client sends is hostile, and each client is alone with what it does: its memory, its time and its output are bounded, and a
// client that stops reading, stops writing or vanishes ends its own connection and no other.
//
// # Authorized keys
//
// One key a line, as ssh-keygen prints it, with options before it as in OpenSSH's file:
//
//		krapp-role="operator" ssh-ed25519 AAAA… olga@example
//		krapp-contexts="prod,test",expiry-time="20301231Z",from="10.0.0.0/8,!10.0.0.7" ssh-ed25519 AAAA… rita
//		restrict,krapp-exec ssh-ed25519 AAAA… robot
//
//	  - krapp-role="operator|read-only": without it, read-only;
//	  - krapp-contexts="a,b": the contexts of the configuration that it may use; without it, the one that the server was started with;
//	  - krapp-exec: it may run commands, where the server offers any;
//	  - expiry-time="YYYYMMDD[HHMM[SS]][Z]": until when, in this machine's time zone or, with Z, in UTC;
//	  - from="…": addresses and networks, ! for those not; one must match. Names are not looked up, patterns with * are not honoured;
//	  - no-pty, or restrict without pty after it: no console, only commands;
//	  - no-port-forwarding, no-agent-forwarding, no-X11-forwarding, no-user-rc: taken, and never given to anybody.
//
// Any other option, one that stands twice, or a value that is not understood refuses the key on that line, and says so; so do certificates, DSA,
// RSA below 2048 bits, and a key that stands on several lines which don't say the same (all of them are refused). The other keys go on working.
//
// The file is read at each authentication, and every few seconds for the sessions that are open: one whose line is gone, says something else or has
// expired is ended. A file that can't be read, that others may write to, or that holds no key which is honoured lets nobody in, and ends everybody
// who is: it fails closed. What is gone counts after two looks in a row, as an editor may be in the middle of writing.
package sshd
