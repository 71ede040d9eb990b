package controlplane

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sealed is a chain of three records, as a store gives them back.
func sealed(t *testing.T) (key []byte, records []AuditRecord) {
	t.Helper()
	key = bytes.Repeat([]byte{1}, AuditKeySize)
	var head AuditHead
	for i := range 3 {
		r := AuditRecord{
			At: time.Unix(int64(i), 123000).UTC(), Subject: "ana", Role: RoleAdmin, Action: UpdateDeployment, Object: "deployment/\xff<web>",
			Verdict: VerdictDone, Reason: "bytes \xc3\x28 that are no text", Before: json.RawMessage(`{"k": 1.50}`), After: json.RawMessage(`"\u2028 <"`),
		}
		require.NoError(t, r.seal(key, head))
		head = AuditHead{Sequence: r.Sequence, MAC: r.MAC}
		records = append(records, stored(t, r))
	}
	return key, records
}

func stored(t *testing.T, r AuditRecord) (back AuditRecord) {
	t.Helper()
	text, err := json.Marshal(r)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &back))
	return back
}

func verified(key []byte, known *AuditHead, records []AuditRecord) error {
	c := chain{key: key, known: known}
	for _, r := range records {
		if err := c.next(r); err != nil {
			return err
		}
	}
	return c.end()
}

func TestAChainThatIsWholeIsVerified(t *testing.T) {
	key, records := sealed(t)
	require.NoError(t, verified(key, nil, records))
	require.NoError(t, verified(key, &AuditHead{}, records))
	for _, r := range records {
		require.NoError(t, verified(key, &AuditHead{Sequence: r.Sequence, MAC: r.MAC}, records))
	}
}

func TestTamperingIsFoundAndNamed(t *testing.T) {
	other := bytes.Repeat([]byte{2}, AuditKeySize)
	for name, c := range map[string]struct {
		tamper func(records []AuditRecord) []AuditRecord
		want   string
	}{
		"a record is changed":       {func(r []AuditRecord) []AuditRecord { r[1].Subject = "ben"; return r }, "audit record 2 of 1970-01-01T00:00:01Z was changed"},
		"a state is changed":        {func(r []AuditRecord) []AuditRecord { r[1].After = json.RawMessage(`{}`); return r }, "audit record 2 of"},
		"a time is changed":         {func(r []AuditRecord) []AuditRecord { r[2].At = r[2].At.Add(time.Microsecond); return r }, "audit record 3 of"},
		"a verdict is changed":      {func(r []AuditRecord) []AuditRecord { r[0].Verdict = VerdictDenied; return r }, "audit record 1 of"},
		"the first is taken away":   {func(r []AuditRecord) []AuditRecord { return r[1:] }, "audit record 0 is followed by 2"},
		"the middle is taken away":  {func(r []AuditRecord) []AuditRecord { return append(r[:1], r[2]) }, "audit record 1 is followed by 3"},
		"the middle is renumbered":  {func(r []AuditRecord) []AuditRecord { r[2].Sequence = 2; return append(r[:1], r[2]) }, "audit record 2 of"},
		"two change places":         {func(r []AuditRecord) []AuditRecord { r[0], r[1] = r[1], r[0]; return r }, "audit record 0 is followed by 2"},
		"one is sealed differently": {func(r []AuditRecord) []AuditRecord { reseal(r[1:2], other, AuditHead{1, r[0].MAC}); return r }, "sealed with another key"},
	} {
		t.Run(name, func(t *testing.T) {
			key, records := sealed(t)
			require.ErrorContains(t, verified(key, nil, c.tamper(records)), c.want)
		})
	}
}

// reseal is what somebody does who rewrites a chain from a record on.
func reseal(records []AuditRecord, key []byte, head AuditHead) {
	for i := range records {
		if err := records[i].seal(key, head); err != nil {
			panic(err)
		}
		head = AuditHead{Sequence: records[i].Sequence, MAC: records[i].MAC}
	}
}

func TestANotedHeadFindsWhatTheChainCannot(t *testing.T) {
	key, records := sealed(t)
	head := AuditHead{Sequence: 3, MAC: records[2].MAC}
	require.NoError(t, verified(key, nil, records[:2]), "a chain alone does not know its end")
	require.EqualError(t, verified(key, &head, records[:2]), "the audit ends with record 2, and 3 was noted: the last records were taken away")

	records[1].Subject = "ben"
	reseal(records, key, AuditHead{})
	require.NoError(t, verified(key, nil, records), "with the key all can be written anew")
	require.ErrorContains(t, verified(key, &head, records), "the chain was written anew")
}

func TestEveryFieldOfARecordIsSealed(t *testing.T) {
	key, records := sealed(t)
	var fields map[string]json.RawMessage
	full := AuditRecord{
		Sequence: 1, At: time.Unix(1, 0), Subject: "s", Role: "r", TokenID: "t", Address: "a", RequestID: "i", Action: "c", Object: "o",
		Verdict: "v", Reason: "w", Before: json.RawMessage("1"), After: json.RawMessage("2"), MAC: []byte{1},
	}
	text, err := json.Marshal(full)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &fields))
	require.Len(t, fields, 14, "a field was added: give it a value here")
	whole, err := full.mac(key, records[0].MAC)
	require.NoError(t, err)
	for field := range fields {
		if field == "mac" || field == "at" || field == "sequence" {
			continue
		}
		changed := full
		require.NoError(t, json.Unmarshal(fmt.Appendf(nil, `{%q: null}`, field), &changed))
		require.NoError(t, json.Unmarshal(fmt.Appendf(nil, `{%q: %s}`, field, other(field)), &changed))
		mac, err := changed.mac(key, records[0].MAC)
		require.NoError(t, err)
		require.NotEqual(t, whole, mac, field)
	}
}

func other(field string) string {
	if field == "before" || field == "after" {
		return "3"
	}
	return `"other"`
}
