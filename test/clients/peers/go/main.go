// A Go client: connects to a URL, calls `whoami`, waits, calls it again, then performs the actions named after the URL; prints each result on
// a line. An action is `list` (the names of all tools), a resource's URI, or a tool, with arguments as in `add={"a": 2}`. WHOAMI is the name
// of the tool `whoami`, if it has another one. It sends TOKEN as a bearer header if set; otherwise it signs in with the program in SIGN_IN,
// which prints the redirect.
package main

import (
	"bytes"
	"cmp"
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
	for _, action := range os.Args[2:] {
		fmt.Println(perform(ctx, session, action))
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
	if err := json.Unmarshal([]byte(callTool(ctx, session, cmp.Or(os.Getenv("WHOAMI"), "whoami"), "")), &seen); err != nil {
		log.Fatal(err)
	}
	var line bytes.Buffer
	if err := json.Compact(&line, seen.Claims); err != nil {
		log.Fatal(err)
	}
	fmt.Println(line.String())
}

func perform(ctx context.Context, session *mcp.ClientSession, action string) string {
	if action == "list" {
		var names []string
		for _, tool := range must(session.ListTools(ctx, nil)).Tools {
			names = append(names, tool.Name)
		}
		return strings.Join(names, " ")
	}
	if strings.Contains(action, "://") {
		return must(session.ReadResource(ctx, &mcp.ReadResourceParams{URI: action})).Contents[0].Text
	}
	name, arguments, _ := strings.Cut(action, "=")
	return callTool(ctx, session, name, arguments)
}

func callTool(ctx context.Context, session *mcp.ClientSession, name, arguments string) string {
	result := must(session.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: json.RawMessage(cmp.Or(arguments, "{}"))}))
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
