package phoenixopamp

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.uber.org/zap"
	"golang.org/x/net/netutil"
)

// page serves what there is to say to those of this machine.
type page struct {
	servers []*http.Server
	working sync.WaitGroup
}

// servePage listens on the socket, and on the TCP address if there is one.
func servePage(e *Extension) (*page, error) {
	p := &page{}
	routes := e.routes()
	socket, err := listenSocket(e.cfg.socket())
	if err != nil {
		return nil, err
	}
	p.serve(e, socket, routes)
	if e.cfg.Page.Listen == "" {
		return p, nil
	}
	tcp, err := net.Listen("tcp", e.cfg.Page.Listen)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for the page: %w; change page.listen", err), p.close(context.Background()))
	}
	p.serve(e, tcp, e.guard(routes))
	return p, nil
}

// socketMode lets the collector's user and group connect.
const socketMode = 0o660

// listenSocket listens on a Unix socket that its user and group may connect
// to. One that nobody listens on any more is replaced.
func listenSocket(path string) (net.Listener, error) {
	conn, err := net.DialTimeout("unix", path, time.Second)
	switch {
	case err == nil:
		conn.Close()
		return nil, fmt.Errorf("the page's socket %s is another collector's that runs; give each its own state_directory", path)
	case errors.Is(err, syscall.ECONNREFUSED) && isSocket(path): // nobody listens
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("replace the page's old socket: %w; remove it, or change page.socket", err)
		}
	}
	l, err := (&net.ListenConfig{Control: restrict}).Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen for the page: %w; change page.socket", err)
	}
	if err := os.Chmod(path, socketMode); err != nil { // the umask may have taken the group's part
		return nil, errors.Join(fmt.Errorf("restrict the page's socket: %w; change page.socket", err), l.Close())
	}
	return l, nil
}

// restrict sets the mode that a socket gets when it is bound, so that there is
// no moment at which others may connect. Not every system can.
func restrict(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) { _ = syscall.Fchmod(int(fd), socketMode) })
}

func isSocket(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().Type() == fs.ModeSocket
}

// mostReaders is how many may be connected at a time, by each way.
const mostReaders = 64

func (p *page) serve(e *Extension, l net.Listener, handler http.Handler) {
	l = netutil.LimitListener(l, mostReaders)
	server := &http.Server{
		Handler:           readOnly(handler),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    8 << 10,
		ErrorLog:          zap.NewStdLog(e.seldom),
	}
	p.servers = append(p.servers, server)
	p.working.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			e.set.Logger.Error("the page is no longer served", zap.Error(err))
		}
	})
}

// lastAnswers is how long the answers under way may take when the page ends: a
// reload of the configuration waits for them.
const lastAnswers = time.Second

// close ends the page once the requests under way are answered, or cannot be in
// time.
func (p *page) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lastAnswers)
	defer cancel()
	var errs []error
	for _, s := range p.servers {
		if err := s.Shutdown(ctx); err != nil {
			errs = append(errs, s.Close())
		}
	}
	p.working.Wait()
	return errors.Join(errs...)
}

// readOnly refuses everything but reading.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			write(w, r, http.StatusMethodNotAllowed, problem{"this page can only be read: use GET"})
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// guard lets in who has the token and asks for this machine: a browser that a
// foreign site's name was pointed here with asks for that site.
func (e *Extension) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !isOurs(r.Host, e.cfg.Page.Listen):
			write(w, r, http.StatusMisdirectedRequest, problem{"the Host header must name this machine by its address, localhost or the host of page.listen"})
		case !e.mayRead(r):
			w.Header().Set("WWW-Authenticate", "Bearer")
			write(w, r, http.StatusUnauthorized, problem{"the token is missing or wrong: send that of page.token_file as Authorization: Bearer"})
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func isOurs(asked, listen string) bool {
	host := asked
	if h, _, err := net.SplitHostPort(asked); err == nil {
		host = h
	}
	own, _, _ := net.SplitHostPort(listen)
	return host == "localhost" || net.ParseIP(strings.Trim(host, "[]")) != nil || (host != "" && strings.EqualFold(host, own))
}

// mayRead compares digests, so that the time tells nothing about the token.
func (e *Extension) mayRead(r *http.Request) bool {
	want, err := readToken("token_file", e.cfg.Page.TokenFile)
	if err != nil {
		e.seldom.Warn("nobody can read the page by TCP, since its token cannot be read; mend page.token_file", zap.Error(err))
		return false
	}
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return false
	}
	a, b := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
