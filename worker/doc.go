// Package worker says what a role is and runs roles: signals, health and a stop in stages inside one deadline.
// What a role does is in the rooms beside it: worker/produce, worker/consume; worker/httpd is the HTTP shell they share.
package worker
