// Package host says what the machine, the cgroups and the limits of the user
// leave room for, before anything is made.
package host
