// render_chart renders a Helm chart for machines without Helm: the part of Helm that charts without
// dependencies use, over the template functions (sprig) and the schema library that Helm itself uses.
//
//	render_chart template RELEASE CHART [--namespace NS] [-f FILE]... [--api-versions V]... [--include-crds]
//
// The arguments mean what they mean to `helm template`, and the objects that come out are the same:
// a test compares both where a Helm is installed.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/xeipuuv/gojsonschema"
	"sigs.k8s.io/yaml"
)

type values = map[string]interface{}

type request struct {
	release, chart, namespace string
	files, apis               []string
	crds                      bool
}

func main() {
	out, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "render_chart:", err)
		os.Exit(1)
	}
	fmt.Print(out)
}

func run(arguments []string) (string, error) {
	asked, err := parse(arguments)
	if err != nil {
		return "", err
	}
	given, err := readValues(asked)
	if err != nil {
		return "", err
	}
	return render(asked, given)
}

func parse(arguments []string) (request, error) {
	asked := request{namespace: "default"}
	var plain []string
	for len(arguments) > 0 {
		word := arguments[0]
		arguments = arguments[1:]
		switch word {
		case "--include-crds":
			asked.crds = true
			continue
		case "--namespace", "-f", "--api-versions":
		default:
			plain = append(plain, word)
			continue
		}
		if len(arguments) == 0 {
			return asked, fmt.Errorf("%s wants a value", word)
		}
		switch word {
		case "--namespace":
			asked.namespace = arguments[0]
		case "-f":
			asked.files = append(asked.files, arguments[0])
		case "--api-versions":
			asked.apis = append(asked.apis, arguments[0])
		}
		arguments = arguments[1:]
	}
	if len(plain) != 3 || plain[0] != "template" {
		return asked, fmt.Errorf("want: template RELEASE CHART, found %q", plain)
	}
	asked.release, asked.chart = plain[1], plain[2]
	return asked, nil
}

// The chart's values with the given files over them, held against values.schema.json.
func readValues(asked request) (values, error) {
	merged := values{}
	for _, path := range append([]string{filepath.Join(asked.chart, "values.yaml")}, asked.files...) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		file := values{}
		if err := yaml.UnmarshalStrict(text, &file); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		overlay(merged, file)
	}
	schema, err := os.ReadFile(filepath.Join(asked.chart, "values.schema.json"))
	if os.IsNotExist(err) {
		return merged, nil
	}
	if err != nil {
		return nil, err
	}
	return merged, check(merged, schema)
}

// Maps are merged, null removes, everything else replaces.
func overlay(below, above values) {
	for key, value := range above {
		inner, isMap := value.(values)
		under, wasMap := below[key].(values)
		switch {
		case value == nil:
			delete(below, key)
		case isMap && wasMap:
			overlay(under, inner)
		default:
			below[key] = value
		}
	}
}

func check(merged values, schema []byte) error {
	text, err := json.Marshal(merged)
	if err != nil {
		return err
	}
	verdict, err := gojsonschema.Validate(gojsonschema.NewBytesLoader(schema), gojsonschema.NewBytesLoader(text))
	if err != nil || verdict.Valid() {
		return err
	}
	var lines []string
	for _, problem := range verdict.Errors() {
		lines = append(lines, "- "+problem.String())
	}
	sort.Strings(lines)
	return fmt.Errorf("values don't meet the specifications of the schema:\n%s", strings.Join(lines, "\n"))
}
