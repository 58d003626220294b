package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// tests/golden/transitions.json
type transitions struct {
	Fixed []struct {
		Base  string      // a manifest of the corpus
		Field string      // of forProvider, or of spec
		Other interface{} // another value that is right in itself
	}
	Pairs []struct {
		Name    string
		Base    string
		Before  object // merged onto the base
		After   object
		Bound   string // status.externalName
		Refused string // part of the message; empty for accepted
	}
}

func (c *check) base(root, name string) object {
	text, err := os.ReadFile(filepath.Join(root, "tests/golden/manifests", name+".yaml"))
	if err != nil {
		c.fail("%v", err)
		return object{}
	}
	documents, err := documentsOf(text)
	if err != nil || len(documents) != 1 {
		c.fail("%s is not one object: %v", name, err)
		return object{}
	}
	return documents[0]
}

// What a server says to the change; `refused` is part of the message, empty for accepted.
func (c *check) change(name string, before, after object, refused string) {
	of, err := c.kindOf(before)
	if err != nil || of == nil {
		c.fail("%s: %v", name, err)
		return
	}
	c.asked++
	if found := of.judge(before, nil); len(found) > 0 {
		c.fail("%s: what is stored is wrong already: %v", name, found.ToAggregate())
		return
	}
	found := of.judge(after, before)
	c.note(of, found)
	said := ""
	if len(found) > 0 {
		said = found.ToAggregate().Error()
	}
	if (refused == "") != (said == "") || !strings.Contains(said, refused) {
		c.fail("%s: expected %q, a server says: %q", name, refused, said)
	}
}

func inSpec(field string, value interface{}) object {
	if field == "plugin" {
		return object{"spec": object{field: value}}
	}
	return object{"spec": object{"forProvider": object{field: value}}}
}

func (c *check) transitions(root string) {
	var given transitions
	text, err := os.ReadFile(filepath.Join(root, "tests/golden/transitions.json"))
	if err == nil {
		err = json.Unmarshal(text, &given)
	}
	if err != nil {
		c.fail("%v", err)
		return
	}
	begun := c.asked
	for _, fixed := range given.Fixed {
		name := fixed.Base + "." + fixed.Field
		now := c.base(root, fixed.Base)
		other := merged(now, inSpec(fixed.Field, integers(fixed.Other))).(object)
		refused := fixed.Field + " cannot be changed"
		c.change(name, copied(now).(object), copied(other).(object), refused)
		c.change(name+" and back", copied(other).(object), copied(now).(object), refused)
		c.change(name+" unchanged", copied(now).(object), copied(now).(object), "")
		anew := object{"spec": object{"replacePolicy": "Recreate"}}
		c.change(name+" created anew", copied(now).(object), merged(other, anew).(object), "")
		if fixed.Field == "plugin" {
			continue
		}
		// Nothing is required of what is only observed, so that the field may come and go.
		observed := object{"spec": object{"managementPolicies": []interface{}{"Observe"}}}
		with := merged(now, observed).(object)
		without := merged(with, inSpec(fixed.Field, nil)).(object)
		c.change(name+" taken out", copied(with).(object), copied(without).(object), "")
		c.change(name+" put in", copied(without).(object), copied(with).(object), "")
	}
	for _, pair := range given.Pairs {
		base := c.base(root, pair.Base)
		status := object{}
		if pair.Bound != "" {
			status = object{"status": object{"externalName": pair.Bound}}
		}
		before := merged(merged(base, integers(pair.Before)), status).(object)
		after := merged(merged(base, integers(pair.After)), status).(object)
		c.change(pair.Name, before, after, pair.Refused)
	}
	fmt.Printf("%d changes of stored objects\n", c.asked-begun)
}
