package validation

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/spf13/viper"
	"github.com/zricethezav/gitleaks/v8/config"
)

// rules are those of gitleaks. Its detector is for repositories, and brings
// archives and reports along: what is used of it are the rules.
var rules = sync.OnceValues(func() (config.Config, error) {
	v := viper.New()
	v.SetConfigType("toml")
	if err := v.ReadConfig(strings.NewReader(config.DefaultConfig)); err != nil {
		return config.Config{}, err
	}
	var file config.ViperConfig
	if err := v.Unmarshal(&file); err != nil {
		return config.Config{}, err
	}
	return file.Translate()
})

// leaks finds what looks like a secret anywhere in a text.
func leaks(source []byte) (found []Finding) {
	all, err := rules()
	if err != nil { // they are part of the program
		panic(err)
	}
	text, lower := string(source), strings.ToLower(string(source))
	for _, rule := range all.Rules {
		if rule.Regex == nil || !mentions(lower, rule.Keywords) {
			continue
		}
		for _, m := range rule.Regex.FindAllStringSubmatchIndex(text, -1) {
			if at, ok := secretOf(text, m, rule, all.Allowlists); ok {
				line, column := position(source, at)
				found = append(found, Finding{CodeSecret, Error, line, column, "", "looks like a secret (" + rule.RuleID + ")", secretRemedy})
			}
		}
	}
	slices.SortFunc(found, func(a, b Finding) int { // the rules are in no order
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return found
}

func mentions(lower string, keywords []string) bool {
	return len(keywords) == 0 || slices.ContainsFunc(keywords, func(word string) bool { return strings.Contains(lower, word) })
}

// secretOf returns where the secret of a match begins, and whether it is one.
func secretOf(text string, match []int, rule config.Rule, everywhere []*config.Allowlist) (at int, ok bool) {
	group := rule.SecretGroup
	if group == 0 && len(match) > 2 && match[2] >= 0 {
		group = 1
	}
	at, end := match[2*group], match[2*group+1]
	if at < 0 || strings.Contains(text[match[0]:match[1]], "${") {
		return 0, false
	}
	secret := text[at:end]
	if rule.Entropy > 0 && entropy(secret) <= rule.Entropy {
		return 0, false
	}
	lineStart, lineEnd := strings.LastIndexByte(text[:at], '\n')+1, len(text)
	if i := strings.IndexByte(text[end:], '\n'); i >= 0 {
		lineEnd = end + i
	}
	for _, list := range slices.Concat(rule.Allowlists, everywhere) {
		if allows(list, secret, text[match[0]:match[1]], text[lineStart:lineEnd]) {
			return 0, false
		}
	}
	return at, true
}

// allows reports whether a list says that something is no secret.
func allows(list *config.Allowlist, secret, match, line string) bool {
	target := map[string]string{"match": match, "line": line}[list.RegexTarget]
	if target == "" {
		target = secret
	}
	stop, _ := list.ContainsStopWord(secret)
	if list.MatchCondition == config.AllowlistMatchAnd {
		return len(list.Paths) == 0 && (len(list.Regexes) == 0 || list.RegexAllowed(target)) && (len(list.StopWords) == 0 || stop)
	}
	return stop || list.RegexAllowed(target)
}

// entropy is Shannon's, in bits for each character.
func entropy(s string) (bits float64) {
	counts := map[rune]float64{}
	for _, r := range s {
		counts[r]++
	}
	n := float64(utf8.RuneCountInString(s))
	for _, count := range counts {
		bits -= count / n * math.Log2(count/n)
	}
	return bits
}

// position is the line and column of an offset.
func position(source []byte, at int) (line, column int) {
	before := source[:at]
	start := bytes.LastIndexByte(before, '\n') + 1
	return 1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(before[start:])
}
