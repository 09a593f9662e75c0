package main

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"
)

// Identify gives the caller's claims, from the headers that the gateway sets on every request.
// It gives an error where the caller is not proven.
type Identify func(headers http.Header) (jwt.MapClaims, error)

// JWTHeader reads `jwt_header`: the gateway's signature proves the caller, whatever way the request came.
// gatewayURL is `iss` of the JWTs: the gateway's `public_url`, byte for byte.
// audience is `aud` of the JWTs: `audience` in the server's configuration, else its `url`.
func JWTHeader(gatewayURL, audience string) (Identify, error) {
	// Keys are fetched every 10 minutes; an unknown `kid` fetches them again, at most every 30 seconds.
	keys, err := keyfunc.NewDefaultOverrideCtx(context.Background(), []string{gatewayURL + "/.well-known/jwks.json"}, keyfunc.Override{
		HTTPTimeout:       5 * time.Second,
		RefreshInterval:   10 * time.Minute,
		RefreshUnknownKID: rate.NewLimiter(rate.Every(30*time.Second), 1),
		// Bounds that fetch as well, hence not less.
		RateLimitWaitMax: 5 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{"ES256"}),
		jwt.WithIssuer(gatewayURL),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
		jwt.WithLeeway(5*time.Second),
	)
	return func(headers http.Header) (jwt.MapClaims, error) {
		claims := jwt.MapClaims{}
		_, err := parser.ParseWithClaims(headers.Get("X-User-JWT"), claims, keys.Keyfunc)
		return withSubject(claims, err)
	}, nil
}

// ClaimsHeader reads `claims_header`: plain JSON, which proves nothing by itself. The secret does, which only the gateway sends.
// secret is the value of `X-Gateway-Secret` in the server's `headers` configuration.
func ClaimsHeader(secret string) Identify {
	return func(headers http.Header) (jwt.MapClaims, error) {
		if !hmac.Equal([]byte(headers.Get("X-Gateway-Secret")), []byte(secret)) {
			return nil, errors.New("X-Gateway-Secret is missing or invalid")
		}
		claims := jwt.MapClaims{}
		return withSubject(claims, json.Unmarshal([]byte(headers.Get("X-User-Claims")), &claims))
	}
}

func withSubject(claims jwt.MapClaims, err error) (jwt.MapClaims, error) {
	if err != nil {
		return nil, err
	}
	if subject, _ := claims.GetSubject(); subject == "" {
		return nil, errors.New("the identity has no sub")
	}
	return claims, nil
}
