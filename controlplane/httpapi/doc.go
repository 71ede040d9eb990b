// Package httpapi is the control plane's HTTP API. It turns requests into calls
// of a [controlplane.Service] and answers into JSON, and decides nothing itself.
//
// A [Server] is an http.Handler:
//
//	api, err := httpapi.New(service, httpapi.Settings{Hosts: []string{"phoenix.example.com"}})
//	err = httpapi.NewHTTPServer(api).Serve(listener)
//
// Every route has an [Access] that is checked before its handler runs; a route
// without one is for nobody. [Server.Routes] lists them. Errors are problems
// (RFC 9457) with a code and a hint. The OpenAPI document at /openapi.json is
// made from the same declarations as the routes.
package httpapi
