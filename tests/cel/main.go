// The CRDs before the code of a newer API server than Debian has: each is validated as when it is
// applied (structural schema, CEL compiled and its cost estimated), and every rule is asked about
// the manifests of tests/golden/manifests and the pairs of tests/golden/transitions.json, from which
// our own reading of the same rules is tested. Verdicts must be the same, and no rule may be left
// that refused nothing.
//
//	cel ROOT        ROOT is the top of the repository
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Where a server's verdict is another than that of files, and why.
const (
	twice = "two files may not own one object; applied one after the other they may"
	lax   = "kubectl's reader is silent where files must be sure"
)

var differences = map[string]string{
	"key-declared-twice":    twice,
	"key-twice":             lax,
	"key-twice-by-spelling": lax,
	"key-twice-in-metadata": lax,
	"merge-after-its-key":   lax,
	"tag-binary":            lax,
	"tag-custom":            lax,
	"tag-custom-on-mapping": lax,
}

type check struct {
	kinds    map[string]*kind
	refusing map[string]bool // "Kind: message" of rules that have refused something
	asked    int
	failures int
}

func (c *check) fail(format string, arguments ...interface{}) {
	c.failures++
	fmt.Printf("FAILED "+format+"\n", arguments...)
}

func (c *check) note(of *kind, found field.ErrorList) {
	for _, message := range of.messages {
		for _, one := range found {
			if strings.Contains(one.Detail, message) {
				c.refusing[of.name+": "+message] = true
			}
		}
	}
}

// Nil for objects of others.
func (c *check) kindOf(one object) (*kind, error) {
	version, _ := one["apiVersion"].(string)
	name, _ := one["kind"].(string)
	if version == "" || name == "" {
		return nil, fmt.Errorf("apiVersion or kind is not given")
	}
	if !strings.HasPrefix(version, "instanced.dev/") {
		return nil, nil
	}
	of := c.kinds[name]
	if of == nil || version != of.group+"/"+of.version {
		return nil, fmt.Errorf("no matches for kind %s in version %s", name, version)
	}
	return of, nil
}

// Why a server refuses the manifest; empty when it takes it.
func (c *check) manifest(text []byte) string {
	documents, err := documentsOf(text)
	if err != nil {
		return err.Error()
	}
	for _, one := range documents {
		of, err := c.kindOf(one)
		if err != nil {
			return err.Error()
		}
		if of == nil {
			continue
		}
		c.asked++
		found := of.judge(one, nil)
		c.note(of, found)
		if len(found) > 0 {
			return found.ToAggregate().Error()
		}
	}
	return ""
}

func (c *check) corpus(folder string) {
	files, _ := filepath.Glob(filepath.Join(folder, "*.yaml"))
	sort.Strings(files)
	same := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		text, _ := os.ReadFile(file)
		var expected struct{ Verdict string }
		stated, _ := os.ReadFile(strings.TrimSuffix(file, ".yaml") + ".expect.json")
		if err := json.Unmarshal(stated, &expected); err != nil {
			c.fail("%s has no stated verdict: %v", name, err)
			continue
		}
		refusal := c.manifest(text)
		agrees := (expected.Verdict == "accepted") == (refusal == "")
		_, differs := differences[name]
		switch {
		case agrees && differs:
			c.fail("%s agrees: take it out of the table", name)
		case !agrees && !differs:
			c.fail("%s is %s in files; a server says: %q", name, expected.Verdict, refusal)
		case agrees:
			same++
		}
	}
	fmt.Printf("%d manifests: the verdict of files for %d, another for %d that are listed\n",
		len(files), same, len(differences))
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: cel ROOT")
		os.Exit(2)
	}
	root := os.Args[1]
	c := &check{refusing: map[string]bool{}}
	c.kinds, c.failures = takeCrds(filepath.Join(root, "api/crds"))
	rules := 0
	for _, of := range c.kinds {
		rules += len(of.messages)
	}
	fmt.Printf("%d CRDs taken, %d refused; %d rules compiled within the limits\n", len(c.kinds),
		c.failures, rules)
	c.corpus(filepath.Join(root, "tests/golden/manifests"))
	c.transitions(root)
	idle := 0
	for _, of := range c.kinds {
		for _, message := range of.messages {
			if !c.refusing[of.name+": "+message] {
				idle++
				c.fail("%s: no case is refused by %q", of.name, message)
			}
		}
	}
	fmt.Printf("%d rules refused something, %d nothing\n", rules-idle, idle)
	fmt.Printf("%d questions; the dearest cost %d, for a %s\n", c.asked, dearest.cost, dearest.kind)
	if c.failures > 0 {
		os.Exit(1)
	}
}
