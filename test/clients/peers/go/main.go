// A Go client: connects to a URL, calls `whoami`, waits, calls it again, then calls the tools named after the URL; prints each result on a
// line. It sends TOKEN as a bearer header if set; otherwise it signs in with the program in SIGN_IN, which prints the redirect.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
)

const redirectURL = "http://127.0.0.1:40220/callback"

func main() {
	transport := &mcp.StreamableClientTransport{Endpoint: os.Args[1]}
	if token := os.Getenv("TOKEN"); token != "" {
		transport.HTTPClient = &http.Client{Transport: bearer(token)}
	} else {
		transport.OAuthHandler = must(signInHandler())
	}
	ctx := context.Background()
	client := mcp.NewClient(&mcp.Implementation{Name: "go-client", Version: "1.0.0"}, nil)
	session := must(client.Connect(ctx, transport, nil))
	callWhoami(ctx, session)
	time.Sleep(must(time.ParseDuration(os.Getenv("WAIT_SECONDS") + "s")))
	callWhoami(ctx, session)
	for _, tool := range os.Args[2:] {
		fmt.Println(callTool(ctx, session, tool))
	}
	_ = session.Close()
}

func signInHandler() (*auth.AuthorizationCodeHandler, error) {
	return auth.NewAuthorizationCodeHandler(&auth.AuthorizationCodeHandlerConfig{
		RedirectURL:         redirectURL,
		RequestRefreshToken: true,
		DynamicClientRegistrationConfig: &auth.DynamicClientRegistrationConfig{
			Metadata: &oauthex.ClientRegistrationMetadata{
				ClientName:              "Go SDK",
				RedirectURIs:            []string{redirectURL},
				GrantTypes:              []string{"authorization_code", "refresh_token"},
				TokenEndpointAuthMethod: "none",
			},
		},
		AuthorizationCodeFetcher: func(ctx context.Context, args *auth.AuthorizationArgs) (*auth.AuthorizationResult, error) {
			output, err := exec.CommandContext(ctx, os.Getenv("SIGN_IN"), args.URL).Output()
			if err != nil {
				return nil, err
			}
			back, err := url.Parse(strings.TrimSpace(string(output)))
			if err != nil {
				return nil, err
			}
			query := back.Query()
			return &auth.AuthorizationResult{Code: query.Get("code"), State: query.Get("state"), Iss: query.Get("iss")}, nil
		},
	})
}

func callWhoami(ctx context.Context, session *mcp.ClientSession) {
	var seen struct {
		Claims json.RawMessage `json:"claims"`
	}
	if err := json.Unmarshal([]byte(callTool(ctx, session, "whoami")), &seen); err != nil {
		log.Fatal(err)
	}
	var line bytes.Buffer
	if err := json.Compact(&line, seen.Claims); err != nil {
		log.Fatal(err)
	}
	fmt.Println(line.String())
}

func callTool(ctx context.Context, session *mcp.ClientSession, name string) string {
	result := must(session.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: map[string]any{}}))
	return result.Content[0].(*mcp.TextContent).Text
}

// Sends one token with every request.
type bearer string

func (token bearer) RoundTrip(request *http.Request) (*http.Response, error) {
	authorized := request.Clone(request.Context())
	authorized.Header.Set("Authorization", "Bearer "+string(token))
	return http.DefaultTransport.RoundTrip(authorized)
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
