package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

type object = map[string]interface{}

func metaOf(of object) (metav1.ObjectMeta, error) {
	var meta metav1.ObjectMeta
	given, ok := of["metadata"].(object)
	if !ok {
		return meta, errors.New("there is no metadata")
	}
	text, _ := json.Marshal(given)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&meta); err != nil {
		return meta, err
	}
	if meta.Namespace == "" {
		meta.Namespace = "default"
	}
	return meta, nil
}

// What a server says to an object, with --validate=strict as kubectl has it since 1.27. It fills
// the defaults in. `before` is what is stored; nil for a new object.
func (k *kind) judge(given, before object) field.ErrorList {
	var found field.ErrorList
	meta, err := metaOf(given)
	if err != nil {
		return field.ErrorList{field.Invalid(field.NewPath("metadata"), "", err.Error())}
	}
	found = append(found, apivalidation.ValidateObjectMeta(&meta, true,
		apivalidation.NameIsDNSSubdomain, field.NewPath("metadata"))...)
	unknown := pruning.PruneWithOptions(given, k.structural, true,
		schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	for _, path := range unknown {
		found = append(found, field.Invalid(field.NewPath(path), "", "unknown field"))
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(given, k.structural)
	defaulting.Default(given, k.structural)
	if before == nil {
		found = append(found, validation.ValidateCustomResource(nil, given, k.fields)...)
	} else {
		found = append(found, validation.ValidateCustomResourceUpdate(nil, given, before, k.fields)...)
	}
	found = append(found, listtype.ValidateListSetsAndMaps(nil, k.structural, given)...)
	if len(found) > 0 { // rules are asked only of what is right without them
		return found
	}
	var old interface{}
	if before != nil {
		old = before
	}
	broken, left := k.rules.Validate(context.Background(), nil, k.structural, given, old,
		celconfig.RuntimeCELCostBudget)
	if left < 0 {
		broken = append(broken, field.Invalid(nil, "", "its rules cost more than a server allows"))
	}
	if cost := celconfig.RuntimeCELCostBudget - left; cost > dearest.cost {
		dearest.cost, dearest.kind = cost, k.name
	}
	return broken
}

// The most that the rules of one object have cost.
var dearest struct {
	cost int64
	kind string
}

func (k *kind) String() string { return fmt.Sprintf("%s.%s/%s", k.name, k.group, k.version) }
