package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// The objects of a manifest as kubectl sends them: documents and the items of lists.
func documentsOf(text []byte) ([]object, error) {
	var found []object
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		part, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		var content interface{}
		if err := yaml.Unmarshal(part, &content); err != nil {
			return nil, err
		}
		if content == nil {
			continue
		}
		one, ok := content.(object)
		if !ok {
			return nil, fmt.Errorf("a document is no mapping")
		}
		items, err := itemsOf(one)
		if err != nil {
			return nil, err
		}
		found = append(found, items...)
	}
}

func itemsOf(one object) ([]object, error) {
	listed, ok := one["items"]
	if !ok {
		return []object{integers(one).(object)}, nil
	}
	items, ok := listed.([]interface{})
	if !ok {
		return nil, fmt.Errorf("items is no list")
	}
	var found []object
	for _, item := range items {
		inner, ok := item.(object)
		if !ok {
			return nil, fmt.Errorf("an item is no mapping")
		}
		found = append(found, integers(inner).(object))
	}
	return found, nil
}

// Whole numbers are integers, as the decoder of a server has them.
func integers(value interface{}) interface{} {
	switch typed := value.(type) {
	case object:
		for name := range typed {
			typed[name] = integers(typed[name])
		}
	case []interface{}:
		for at := range typed {
			typed[at] = integers(typed[at])
		}
	case float64:
		if whole := int64(typed); float64(whole) == typed {
			return whole
		}
	}
	return value
}

// RFC 7386: null takes a member out.
func merged(onto, patch interface{}) interface{} {
	changes, ok := patch.(object)
	if !ok {
		return copied(patch)
	}
	result, ok := copied(onto).(object)
	if !ok {
		result = object{}
	}
	for name, change := range changes {
		if change == nil {
			delete(result, name)
		} else {
			result[name] = merged(result[name], change)
		}
	}
	return result
}

func copied(value interface{}) interface{} {
	switch typed := value.(type) {
	case object:
		result := object{}
		for name := range typed {
			result[name] = copied(typed[name])
		}
		return result
	case []interface{}:
		result := make([]interface{}, len(typed))
		for at := range typed {
			result[at] = copied(typed[at])
		}
		return result
	}
	return value
}
