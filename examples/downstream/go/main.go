// An MCP server behind the gateway: every request is answered as the user whom the gateway vouches for, or not at all.
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
	// One mcp.Server for each request: identity never outlives the request that it came with.
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
			log.Printf("refused: %v", err)
			http.Error(w, "Only the gateway may call this server.", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, req.WithContext(context.WithValue(req.Context(), callerKey{}, caller)))
	})
}

func buildServer(caller jwt.MapClaims) *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "downstream-example", Version: "1.0.0"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "who_am_i", Description: "Answers with the caller's verified identity."},
		func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, map[string]any, error) {
			return nil, caller, nil
		})
	mcp.AddTool(server, &mcp.Tool{Name: "admin_report", Description: "A report for callers with the role admin."},
		func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
			// A list, or nothing: a text that contains "admin" is no role.
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

// Nothing starts with an empty issuer or audience: libraries take one for "do not check".
func required(name string) string {
	value := os.Getenv(name)
	if value == "" {
		log.Fatalf("Set %s.", name)
	}
	return value
}
