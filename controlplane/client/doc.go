// Package client calls the API of a control plane:
//
//	c, err := client.NewClientWithResponses("https://phoenix.example.com:4320", client.WithToken(token))
//	list, err := c.ListDeploymentsWithResponse(ctx, nil)
//
// An answer that is an error has its [Problem] in the field
// ApplicationproblemJSONDefault. All but this file and token.go is generated from
// the API's document, which `go test ./controlplane/httpapi -update` writes.
package client

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi-codegen.yaml openapi-3.0.json
