// An MCP server behind the gateway: handles a request only for a caller whose identity the gateway has forwarded and this server verified.
package main

import (
	"cmp"
	"context"
	"log"
	"net"
	"net/http"
	"os"
	"slices"

	"github.com/golang-jwt/jwt/v5"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type callerKey struct{}

func main() {
	identify, err := configuredIdentity()
	if err != nil {
		log.Fatal(err)
	}
	// One mcp.Server for each request: identity is never shared between requests.
	handler := mcp.NewStreamableHTTPHandler(func(req *http.Request) *mcp.Server {
		return buildServer(req.Context().Value(callerKey{}).(jwt.MapClaims))
	}, &mcp.StreamableHTTPOptions{Stateless: true})
	address := net.JoinHostPort(cmp.Or(os.Getenv("HOST"), "127.0.0.1"), required("PORT"))
	log.Fatal(http.ListenAndServe(address, requireIdentity(identify, handler)))
}

func configuredIdentity() (Identify, error) {
	if os.Getenv("IDENTITY_METHOD") == "claims_header" {
		return ClaimsHeader(required("GATEWAY_SECRET")), nil
	}
	return JWTHeader(required("GATEWAY_URL"), required("AUDIENCE"))
}

func requireIdentity(identify Identify, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		caller, err := identify(req.Header)
		if err != nil {
			log.Printf("denied: %v", err)
			http.Error(w, "Only the gateway may call this server.", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, req.WithContext(context.WithValue(req.Context(), callerKey{}, caller)))
	})
}

func buildServer(caller jwt.MapClaims) *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "downstream-example", Version: "1.0.0"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "who_am_i", Description: "Returns the caller's verified identity."},
		func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, map[string]any, error) {
			return nil, caller, nil
		})
	mcp.AddTool(server, &mcp.Tool{Name: "admin_report", Description: "A report for callers with the role admin."},
		func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
			// Only a list: a string that contains "admin" is not a role.
			roles, _ := caller["roles"].([]any)
			if !slices.Contains(roles, "admin") {
				return failure("admin_report needs the role admin."), nil, nil
			}
			return text("All is well, " + caller["sub"].(string) + "."), nil, nil
		})
	return server
}

func text(value string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: value}}}
}

func failure(value string) *mcp.CallToolResult {
	result := text(value)
	result.IsError = true
	return result
}

// Exit if issuer or audience is empty: libraries treat an empty value as "do not check".
func required(name string) string {
	value := os.Getenv(name)
	if value == "" {
		log.Fatalf("Set %s.", name)
	}
	return value
}
