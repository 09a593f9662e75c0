// A server with the Go SDK that has tools, resources and prompts: at /mcp with sessions, and at /stateless/mcp without, where the SDK
// serves revision 2026-07-28.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type textInput struct {
	Text string `json:"text"`
}

type addInput struct {
	A int `json:"a"`
	B int `json:"b"`
}

type addOutput struct {
	Sum int `json:"sum"`
}

type countInput struct {
	Steps int `json:"steps"`
}

func main() {
	server := buildServer()
	serve := func(*http.Request) *mcp.Server { return server }
	http.Handle("/mcp", mcp.NewStreamableHTTPHandler(serve, nil))
	http.Handle("/stateless/mcp", mcp.NewStreamableHTTPHandler(serve, &mcp.StreamableHTTPOptions{Stateless: true}))
	log.Fatal(http.ListenAndServe(net.JoinHostPort("127.0.0.1", os.Getenv("PORT")), nil))
}

func buildServer() *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "go-server", Version: "1.2.3"}, &mcp.ServerOptions{Instructions: "A server for transcripts."})
	mcp.AddTool(server, &mcp.Tool{Name: "echo", Description: "Returns the text."},
		func(_ context.Context, _ *mcp.CallToolRequest, input textInput) (*mcp.CallToolResult, any, error) {
			return text(input.Text), nil, nil
		})
	mcp.AddTool(server, &mcp.Tool{Name: "add", Description: "Adds two numbers."},
		func(_ context.Context, _ *mcp.CallToolRequest, input addInput) (*mcp.CallToolResult, addOutput, error) {
			return nil, addOutput{Sum: input.A + input.B}, nil
		})
	mcp.AddTool(server, &mcp.Tool{Name: "fail", Description: "Fails."},
		func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
			return nil, nil, fmt.Errorf("it failed")
		})
	mcp.AddTool(server, &mcp.Tool{Name: "count", Description: "Reports each step."}, count)
	server.AddResource(&mcp.Resource{URI: "notes://today", Name: "today", MIMEType: "text/plain"}, readNotes)
	server.AddResourceTemplate(&mcp.ResourceTemplate{URITemplate: "notes://{day}/all", Name: "notes", MIMEType: "text/plain"}, readNotes)
	server.AddPrompt(&mcp.Prompt{Name: "greeting", Description: "A greeting.", Arguments: []*mcp.PromptArgument{{Name: "name", Required: true}}},
		func(_ context.Context, request *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			greeting := &mcp.TextContent{Text: "Greet " + request.Params.Arguments["name"] + "."}
			return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: greeting}}}, nil
		})
	return server
}

func count(ctx context.Context, request *mcp.CallToolRequest, input countInput) (*mcp.CallToolResult, any, error) {
	if token := request.Params.GetProgressToken(); token != nil {
		for step := 1; step <= input.Steps; step++ {
			progress := &mcp.ProgressNotificationParams{
				ProgressToken: token, Progress: float64(step), Total: float64(input.Steps), Message: fmt.Sprintf("step %d", step),
			}
			if err := request.Session.NotifyProgress(ctx, progress); err != nil {
				return nil, nil, err
			}
		}
	}
	return text(fmt.Sprintf("counted to %d", input.Steps)), nil, nil
}

func readNotes(_ context.Context, request *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	contents := &mcp.ResourceContents{URI: request.Params.URI, MIMEType: "text/plain", Text: "notes of " + request.Params.URI}
	return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{contents}}, nil
}

func text(value string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: value}}}
}
