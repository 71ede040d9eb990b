package api

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	agents   = flag.Int("load.agents", 100, "how many agents have a history")
	rate     = flag.Int("load.rate", 100, "requests a second")
	duration = flag.Duration("load.duration", 3*time.Second, "how long they come")
	p95      = flag.Duration("load.p95", 0, "how long 95 % of the requests may take; 0: not asked")
)

// answer is how one request went.
type answer struct {
	route   int
	latency time.Duration // from when it was due
	err     error
}

// TestNoRequestIsLostUnderLoad sends requests at a steady rate, and waits for an
// answer to each.
func TestNoRequestIsLostUnderLoad(t *testing.T) {
	h := newHistory(t, *agents)
	p := start(t, h.dir)
	mix := h.mix(t, p.url)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 512}, Timeout: time.Minute}
	defer client.CloseIdleConnections()

	warmUp(t, client, mix)
	before, began := p.cpu(t), time.Now()
	answers := send(client, mix, *rate, *duration)
	took := time.Since(began)
	cores := (p.cpu(t) - before).Seconds() / took.Seconds()

	require.Len(t, answers, int(duration.Seconds()*float64(*rate)))
	t.Logf("%d requests in %.1f s, %d agents with %d versions each; the program used %.2f cores and has %s resident",
		len(answers), took.Seconds(), *agents, versions, cores, p.resident(t))
	for i, r := range mix {
		report(t, r.name, answersOf(answers, i))
	}
	if got := report(t, "all", answers); *p95 > 0 {
		require.LessOrEqual(t, got, *p95, "95 %% of the requests")
	}
}

// warmUp asks each route once.
func warmUp(t *testing.T, client *http.Client, mix []route) {
	t.Helper()
	for _, r := range mix {
		require.NoError(t, r.ask(client), r.name)
	}
}

// send asks at a steady rate. Each request has a goroutine of its own, so that
// a slow answer does not keep the next request from being sent in time.
func send(client *http.Client, mix []route, rate int, d time.Duration) []answer {
	total := int(d.Seconds() * float64(rate))
	answers, order := make([]answer, total), sequence(mix, total)
	began := time.Now()
	var group sync.WaitGroup
	for i, route := range order {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(rate))
		time.Sleep(time.Until(due))
		group.Go(func() {
			err := mix[route].ask(client)
			answers[i] = answer{route, time.Since(due), err}
		})
	}
	group.Wait()
	return answers
}

// sequence is which route each request is of: every thousand have the shares of
// the mix, in an order by chance.
func sequence(mix []route, total int) (order []int) {
	var thousand []int
	for i, r := range mix {
		thousand = append(thousand, slices.Repeat([]int{i}, r.share)...)
	}
	for len(order) < total {
		rand.Shuffle(len(thousand), func(i, j int) { thousand[i], thousand[j] = thousand[j], thousand[i] })
		order = append(order, thousand...)
	}
	return order[:total]
}

// ask sends a request and reads the whole answer.
func (r route) ask(client *http.Client) error {
	request, err := r.make()
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != r.status {
		err = fmt.Errorf("%s answered with %s: %.300s", r.name, response.Status, text)
	}
	return err
}

func answersOf(all []answer, route int) (some []answer) {
	for _, a := range all {
		if a.route == route {
			some = append(some, a)
		}
	}
	return some
}

// report prints how requests went, and fails the test if some were lost. It
// returns how long 95 % of them took at most.
func report(t *testing.T, name string, answers []answer) time.Duration {
	t.Helper()
	if len(answers) == 0 {
		return 0
	}
	var lost []error
	for _, a := range answers {
		if a.err != nil {
			lost = append(lost, a.err)
		}
	}
	answers = slices.SortedFunc(slices.Values(answers), func(a, b answer) int { return cmp.Compare(a.latency, b.latency) })
	at := func(share float64) time.Duration { return answers[int(share*float64(len(answers)-1))].latency }
	t.Logf("%-34s %6d sent %3d lost   p50 %8.1f ms   p95 %8.1f ms   p99 %8.1f ms   max %8.1f ms",
		name, len(answers), len(lost), ms(at(0.5)), ms(at(0.95)), ms(at(0.99)), ms(at(1)))
	if len(lost) > 0 {
		t.Errorf("%s: %d requests were lost, the first: %v", name, len(lost), lost[0])
	}
	return at(0.95)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
