package hostagent

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// in runs a test on a host whose clock goes as fast as nothing happens.
func in(t *testing.T, test func(*testing.T, *host)) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		h.start()
		test(t, h)
		h.kill()
		time.Sleep(time.Minute) // for what ends by itself
	})
}

// pass lets time pass and everything that is due happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// Twenty seconds are enough for a trial of this host to end well.
const trialTime = 20 * time.Second

func TestAnOfferIsAppliedAndSettles(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		offered := h.offer(keeping(5))
		pass(time.Second)
		require.Equal(t, "APPLYING", h.told(offered))
		require.Equal(t, remoteconfig.Trial, h.agent.Status().Phase)
		require.Equal(t, ranked(5), h.k())
		pass(trialTime)
		require.Equal(t, "APPLIED", h.told(offered))
		require.Equal(t, remoteconfig.Probation, h.agent.Status().Phase)
		require.Contains(t, string(h.agent.Effective()), "k: 5")
		pass(remoteconfig.SettleAfter)
		require.Equal(t, remoteconfig.Run{Source: remoteconfig.Confirmed, Hash: offered}.Hash, h.agent.Status().Runs.Hash)
		require.Equal(t, remoteconfig.Stable, h.agent.Status().Phase)
		require.Len(t, h.reloads, 1)
		last, ok := h.agent.Last()
		require.True(t, ok)
		require.Equal(t, remoteconfig.Applied, last.Status)
	})
}

func TestWhatIsLiveNeedsNoReload(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		h.offer(keeping(5))
		pass(trialTime)
		second := h.offer(keeping(7))
		pass(time.Second)
		require.Equal(t, ranked(7), h.k())
		pass(trialTime)
		require.Equal(t, "APPLIED", h.told(second))
		require.Len(t, h.reloads, 1)
	})
}

func TestWhatCannotBeChangedIsReloaded(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		h.offer(keeping(5))
		pass(trialTime)
		h.refuse(errBusy)
		second := h.offer(keeping(7))
		pass(trialTime)
		require.Equal(t, "APPLIED", h.told(second))
		require.Equal(t, ranked(7), h.k())
		require.Len(t, h.reloads, 2)
	})
}

func TestWhatSendsNothingGoesBack(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		good := h.offer(keeping(5))
		pass(trialTime)
		h.meter.stuck["otlphttp/phoenix"] = true
		bad := h.offer(remote(5, "otlphttp/phoenix]}\nexporters: {otlphttp/phoenix: {endpoint: \"http://127.0.0.1:9\"}}\nx: {y: ["))
		pass(time.Second)
		require.Equal(t, "FAILED refused", h.told(bad), "it is no configuration")
		bad = h.offer(elsewhere(""))
		pass(2 * trialTime)
		require.Equal(t, "FAILED unhealthy", h.told(bad))
		require.Equal(t, good, h.agent.Status().Runs.Hash)
		require.Equal(t, ranked(5), h.k())
		require.Len(t, h.agent.Status().Blocked, 2)
		again := h.offer(elsewhere(""))
		pass(time.Second)
		require.Equal(t, "FAILED unhealthy", h.told(again))
		require.NoError(t, h.agent.Release(again))
		h.meter.stuck = nil
		h.offer(elsewhere(""))
		pass(trialTime)
		require.Equal(t, "APPLIED", h.told(again))
	})
}

// elsewhere is a remote configuration with an exporter of its own.
func elsewhere(more string) []byte {
	return append(remote(6, "otlphttp/phoenix"), "exporters:\n  otlphttp/phoenix: {endpoint: \"http://127.0.0.1:9\""+more+"}\n"...)
}

func TestABackendThatIsAwayBlocksNothing(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		h.offer(keeping(5))
		pass(trialTime)
		h.meter.stuck["otlphttp/destination"] = true
		second := h.offer(keeping(7))
		pass(2 * trialTime)
		require.Equal(t, "FAILED unproven", h.told(second))
		require.Empty(t, h.agent.Status().Blocked)
		require.Equal(t, ranked(5), h.k())
		require.Len(t, h.reloads, 1, "there and back is live")
	})
}

func TestAComponentThatDoesNotStartIsNamedByTheNextProcess(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		h.starting = Health{Permanent: true, Component: "pipelines/metrics/phoenix/exporters/otlphttp/destination", Detail: "no such file"}
		bad := h.offer(keeping(5))
		pass(time.Second)
		require.Nil(t, h.agent, "the process ended")
		h.starting = Health{}
		h.start()
		last, _ := h.agent.Last()
		require.Equal(t, remoteconfig.Cause{
			Code: remoteconfig.FailedToStart, Component: "pipelines/metrics/phoenix/exporters/otlphttp/destination", Detail: "no such file",
		}, last.Cause)
		require.Equal(t, bad, last.Hash)
		require.Equal(t, remoteconfig.Bootstrap, h.agent.Status().Runs.Source)
	})
}

func TestAReloadThatHangsEndsTheProcess(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		h.slow = time.Hour
		bad := h.offer(keeping(5))
		pass(patience + time.Second)
		require.Equal(t, 1, h.exits)
		h.slow = 0
		pass(time.Hour)
		h.start()
		last, _ := h.agent.Last()
		require.Equal(t, remoteconfig.Hung, last.Cause.Code)
		require.Equal(t, bad, last.Hash)
	})
}

func TestAKillInTheTrialGoesBack(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		good := h.offer(keeping(5))
		pass(trialTime)
		pass(remoteconfig.SettleAfter)
		bad := h.offer(other())
		pass(6 * time.Second)
		require.Equal(t, remoteconfig.Trial, h.agent.Status().Phase)
		h.restart()
		require.Equal(t, good, h.agent.Status().Runs.Hash)
		last, _ := h.agent.Last()
		require.Equal(t, "FAILED crashed", string(last.Status)+" "+string(last.Cause.Code))
		require.Equal(t, bad, last.Hash)
	})
}

func TestAStopInTheTrialBlocksNothing(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		h.offer(keeping(5))
		pass(time.Second)
		require.NoError(t, h.agent.Stop())
		h.meter.stop()
		h.start()
		last, _ := h.agent.Last()
		require.Equal(t, remoteconfig.Stopped, last.Cause.Code)
		require.Empty(t, h.agent.Status().Blocked)
	})
}

func TestACollectorThatEndsBecauseOfAComponentIsNotStopped(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		h.offer(keeping(5))
		pass(time.Second)
		h.agent.Health(Health{Permanent: true, Fatal: true, Component: "extensions/zpages", Detail: "gone"})
		require.NoError(t, h.agent.Stop())
		h.meter.stop()
		h.start()
		last, _ := h.agent.Last()
		require.Equal(t, remoteconfig.Cause{Code: remoteconfig.Unhealthy, Component: "extensions/zpages", Detail: "gone"}, last.Cause)
	})
}

func TestNoRemoteConfigurationIsAnOfferToo(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		h.offer(keeping(5))
		pass(trialTime)
		none := h.offer(nil)
		pass(trialTime)
		require.Equal(t, "APPLIED", h.told(none))
		require.Nil(t, h.k())
	})
}

func TestTheOwnersFilesAreReadAgainWhenTheOwnerAsks(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		h.offer(keeping(5))
		pass(trialTime)
		h.write("owner.yaml", owners+"extensions: {zpages: {}}\n")
		h.reload()
		pass(time.Second)
		require.NotNil(t, dig(h.config, "extensions", "zpages"))
		require.Equal(t, ranked(5), h.k())
		h.write("owner.yaml", "receivers: [")
		h.reload()
		pass(time.Second)
		require.NotNil(t, dig(h.config, "extensions", "zpages"), "what was there before goes on")
		require.Contains(t, h.agent.Status().Problems[0], "config_files")
	})
}

func TestWithoutTheOwnersFilesSafeModeRuns(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		h.kill()
		require.NoError(t, os.Remove(filepath.Join(filepath.Dir(h.path), "owner.yaml")))
		h.start()
		require.Equal(t, remoteconfig.SafeMode, h.agent.Status().Runs.Source)
		require.NotNil(t, dig(h.config, "extensions", "phoenix_opamp"))
		require.NotNil(t, dig(h.config, "service", "pipelines", "metrics/safe_mode"))
		require.Contains(t, h.agent.Status().Problems[0], "owner.yaml")
	})
}

func TestASecretThatIsMissingBlocksNothing(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		offered := h.offer(elsewhere(", headers: {key: \"${env:PHOENIX_TEST_KEY}\"}"))
		pass(time.Second)
		require.Equal(t, "FAILED unresolved", h.told(offered))
		require.Empty(t, h.agent.Status().Blocked)
		require.NoError(t, os.Setenv("PHOENIX_TEST_KEY", "s3cret$x"))
		defer os.Unsetenv("PHOENIX_TEST_KEY")
		h.offer(elsewhere(", headers: {key: \"${env:PHOENIX_TEST_KEY}\"}"))
		pass(trialTime)
		require.Equal(t, "APPLIED", h.told(offered))
		require.Equal(t, "s3cret$$x", dig(h.config, "exporters", "otlphttp/phoenix", "headers", "key"))
		require.NotContains(t, string(h.agent.Effective()), "s3cret")
	})
}

func TestDaysWithoutAServerChangeNothing(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		good := h.offer(keeping(5))
		pass(trialTime + remoteconfig.SettleAfter)
		pass(3 * 24 * time.Hour)
		require.Equal(t, ranked(5), h.k())
		require.Len(t, h.reloads, 1, "that of the offer")
		require.Zero(t, h.exits)
		h.restart()
		require.Equal(t, remoteconfig.Run{Source: remoteconfig.LastGood, Hash: good}, h.agent.Status().Runs)
		next := h.offer(keeping(7))
		pass(trialTime)
		require.Equal(t, "APPLIED", h.told(next))
	})
}
