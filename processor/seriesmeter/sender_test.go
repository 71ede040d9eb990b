package seriesmeter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/phoenix-platform/phoenix/internal/scraperecord"
	"github.com/phoenix-platform/phoenix/processor/seriesmeter/internal/metadatatest"
)

// transport answers requests with a status, without a network; 0 is a server
// that is away.
type transport func() int

func (answer transport) RoundTrip(*http.Request) (*http.Response, error) {
	code := answer()
	if code == 0 {
		return nil, errors.New("away")
	}
	return &http.Response{StatusCode: code, Status: fmt.Sprint(code), Body: http.NoBody}, nil
}

// post is a sender to a server that answers so; dropped counts what is lost.
func post(answer transport, log *zap.Logger, unsent []waiting) (s *sender, dropped *atomic.Int64) {
	dropped = new(atomic.Int64)
	client := &http.Client{Transport: answer}
	return newSender(client, "http://server", unsent, log, func(n int) { dropped.Add(int64(n)) }), dropped
}

// Records wait for ten minutes, and each that had to give way is counted.
func TestRecordsThatWaitTooLongAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var back atomic.Bool // the server
		var sent atomic.Int32
		s, dropped := post(func() int {
			if !back.Load() {
				return 0
			}
			sent.Add(1)
			return http.StatusOK
		}, zap.NewNop(), nil)
		for range 15 { // minutes
			s.add(&scraperecord.Record{})
			time.Sleep(time.Minute)
		}
		require.EqualValues(t, 4, dropped.Load(), "those of the first minutes; the tenth is just in time")
		back.Store(true)
		time.Sleep(time.Minute)
		require.EqualValues(t, 1, sent.Load(), "in one request")
		require.Empty(t, s.oldest())
		require.Empty(t, s.shutdown(context.Background()))
	})
}

func TestRecordsThatAreTooManyAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, dropped := post(func() int { return 0 }, zap.NewNop(), nil)
		for range maxWaiting + 7 {
			s.add(&scraperecord.Record{})
		}
		require.EqualValues(t, 7, dropped.Load())
		require.Len(t, s.shutdown(context.Background()), maxWaiting, "handed on, not lost")
		require.EqualValues(t, 7, dropped.Load())
		s.add(&scraperecord.Record{})
		require.EqualValues(t, 8, dropped.Load(), "nobody sends it any more")
	})
}

// What the server will never take does not hold up what comes after it.
func TestRecordsThatAreRefusedAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var answer atomic.Int64
		core, logs := observer.New(zap.WarnLevel)
		s, dropped := post(func() int { return int(answer.Load()) }, zap.New(core), nil)
		for _, code := range []int64{http.StatusUnauthorized, http.StatusRequestEntityTooLarge} {
			answer.Store(code)
			s.add(&scraperecord.Record{})
			synctest.Wait()
		}
		require.EqualValues(t, 2, dropped.Load())
		require.Empty(t, s.oldest())
		require.Equal(t, 1, logs.FilterMessageSnippet("refuses records").Len(), "once a minute")

		for _, code := range []int64{http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			answer.Store(code)
			s.add(&scraperecord.Record{})
			synctest.Wait()
		}
		require.Len(t, s.oldest(), 3, "they may be taken later")
		answer.Store(http.StatusOK)
		time.Sleep(time.Minute)
		require.Empty(t, s.oldest())
		require.EqualValues(t, 2, dropped.Load())
		require.Empty(t, s.shutdown(context.Background()))
	})
}

func TestTheLastWordIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var answer atomic.Int64
		s, dropped := post(func() int { return int(answer.Load()) }, zap.NewNop(), nil)
		for range 2*sendAtOnce + 1 {
			s.add(&scraperecord.Record{})
		}
		synctest.Wait() // it was away
		answer.Store(http.StatusBadRequest)
		require.Empty(t, s.shutdown(context.Background()))
		require.EqualValues(t, 2*sendAtOnce+1, dropped.Load(), "every batch was tried")
	})
}

// A reload of the configuration while the server is away loses no record.
func TestASuccessorSendsWhatWaits(t *testing.T) {
	s := newServer(t)
	s.fail = 1_000_000
	first := newMeter(t, scraperecord.RoleOutput, t.Name(), s.URL, consumertest.NewNop(), nil)
	begin(t, first)
	for n := range 3 {
		require.NoError(t, first.ConsumeMetrics(context.Background(), scrape(n, 1)))
	}
	require.NoError(t, first.Shutdown(context.Background()))
	require.Empty(t, s.outputs())
	s.mu.Lock()
	s.fail = 0
	s.mu.Unlock()

	between := newMeter(t, scraperecord.RoleOutput, t.Name(), s.URL, consumertest.NewNop(), nil)
	require.NoError(t, between.Shutdown(context.Background()), "one that never starts hands them on")
	second := newMeter(t, scraperecord.RoleOutput, t.Name(), s.URL, consumertest.NewNop(), nil)
	begin(t, second)
	require.NoError(t, second.ConsumeMetrics(context.Background(), scrape(3, 1)))
	require.NoError(t, second.Shutdown(context.Background()))
	var times []int64
	for _, r := range s.outputs() {
		times = append(times, r.Time)
	}
	require.Equal(t, []int64{10e9, 20e9, 30e9, 40e9}, times)
}

func TestDroppedRecordsAreCounted(t *testing.T) {
	refusing := httptest.NewServer(http.NotFoundHandler())
	defer refusing.Close()
	o := observe(t, scraperecord.RoleOutput, refusing.URL)
	require.NoError(t, o.ConsumeMetrics(context.Background(), scrape(1, 1)))
	require.NoError(t, o.meter.Shutdown(context.Background()))
	metadatatest.AssertEqualProcessorSeriesmeterRecordsDropped(t, o.Telemetry, o.count(1), anyTime)
}

// Records that nobody is to send any more are lost, and counted.
func TestASuccessorThatSendsNothingCountsWhatWaited(t *testing.T) {
	first := newMeter(t, scraperecord.RoleOutput, t.Name(), "http://127.0.0.1:1", consumertest.NewNop(), nil)
	begin(t, first)
	for n := range 3 {
		require.NoError(t, first.ConsumeMetrics(context.Background(), scrape(n, 1)))
	}
	require.NoError(t, first.Shutdown(context.Background()))
	o := observe(t, scraperecord.RoleOutput, "")
	metadatatest.AssertEqualProcessorSeriesmeterRecordsDropped(t, o.Telemetry, o.count(3), anyTime)
}
