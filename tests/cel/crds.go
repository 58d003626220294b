package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	crdvalidation "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// One kind as a server that has taken its CRD knows it.
type kind struct {
	name       string
	group      string
	version    string
	structural *schema.Structural
	fields     validation.SchemaValidator
	rules      *cel.Validator
	messages   []string // of all its rules
}

// What a server does with a CRD that is applied: strict decoding, defaults, the whole validation
// with the costs of CEL, and the validators it then asks about each object.
func takeCrd(file string) (*kind, error) {
	scheme := runtime.NewScheme()
	install.Install(scheme)
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var declared v1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(text, &declared); err != nil {
		return nil, err
	}
	scheme.Default(&declared)
	var crd apiextensions.CustomResourceDefinition
	if err := scheme.Convert(&declared, &crd, nil); err != nil {
		return nil, err
	}
	// As the registry does before it validates.
	crd.Status.StoredVersions = []string{crd.Spec.Versions[0].Name}
	if errors := crdvalidation.ValidateCustomResourceDefinition(context.Background(), &crd); len(errors) > 0 {
		return nil, errors.ToAggregate()
	}
	given, err := apiextensions.GetSchemaForVersion(&crd, crd.Spec.Versions[0].Name)
	if err != nil {
		return nil, err
	}
	structural, err := schema.NewStructural(given.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	fields, _, err := validation.NewSchemaValidator(given.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	taken := &kind{
		name:       crd.Spec.Names.Kind,
		group:      crd.Spec.Group,
		version:    crd.Spec.Versions[0].Name,
		structural: structural,
		fields:     fields,
		rules:      cel.NewValidator(structural, true, celconfig.PerCallLimit),
	}
	collectMessages(structural, &taken.messages)
	return taken, nil
}

func collectMessages(of *schema.Structural, messages *[]string) {
	if of == nil {
		return
	}
	for _, rule := range of.XValidations {
		*messages = append(*messages, rule.Message)
	}
	for name := range of.Properties {
		member := of.Properties[name]
		collectMessages(&member, messages)
	}
	collectMessages(of.Items, messages)
	if of.AdditionalProperties != nil {
		collectMessages(of.AdditionalProperties.Structural, messages)
	}
}

func takeCrds(folder string) (map[string]*kind, int) {
	kinds, failures := map[string]*kind{}, 0
	files, _ := filepath.Glob(filepath.Join(folder, "*.yaml"))
	sort.Strings(files)
	for _, file := range files {
		taken, err := takeCrd(file)
		if err != nil {
			fmt.Printf("%s is refused: %v\n", filepath.Base(file), err)
			failures++
			continue
		}
		kinds[taken.name] = taken
	}
	return kinds, failures
}
