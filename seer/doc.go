// Package seer holds the types of questions and answers: what the console, scripts and HTTP exchange with whoever has read the messages.
package seer
