package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

// .Files of a chart: what lies in it besides templates.
type files map[string][]byte

func (f files) Get(name string) string { return string(f[name]) }

func (f files) Glob(pattern string) (files, error) {
	found := files{}
	for name, text := range f {
		match, err := filepath.Match(pattern, name)
		if err != nil {
			return nil, err
		}
		if match {
			found[name] = text
		}
	}
	return found, nil
}

// .Capabilities.APIVersions
type apiVersions []string

func (a apiVersions) Has(version string) bool {
	for _, known := range a {
		if known == version {
			return true
		}
	}
	return false
}

// Of .Chart, what templates use.
type chart struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	AppVersion string `json:"appVersion"`
}

func functions(all *template.Template) template.FuncMap {
	set := sprig.TxtFuncMap()
	delete(set, "env")
	delete(set, "expandenv")
	set["include"] = func(name string, data interface{}) (string, error) {
		var out bytes.Buffer
		err := all.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	set["toYaml"] = func(value interface{}) (string, error) {
		text, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n"), err
	}
	set["fromYaml"] = func(text string) (values, error) {
		read := values{}
		return read, yaml.Unmarshal([]byte(text), &read)
	}
	set["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return nil, fmt.Errorf("%s", message)
		}
		return value, nil
	}
	return set
}

func readFolder(root string) (files, error) {
	read := files{}
	return read, filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		read[name], err = os.ReadFile(path)
		return err
	})
}

func sorted(all files) []string {
	var names []string
	for name := range all {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func render(asked request, given values) (string, error) {
	all, err := readFolder(asked.chart)
	if err != nil {
		return "", err
	}
	var about chart
	if err := yaml.Unmarshal(all["Chart.yaml"], &about); err != nil {
		return "", err
	}
	top := template.New("chart").Option("missingkey=zero")
	top.Funcs(functions(top))
	var out strings.Builder
	var pages []string
	for _, name := range sorted(all) {
		switch {
		case strings.HasPrefix(name, "crds/") && asked.crds:
			fmt.Fprintf(&out, "---\n# Source: %s\n%s", name, all[name])
		case strings.HasPrefix(name, "templates/"):
			if _, err := top.New(name).Parse(string(all[name])); err != nil {
				return "", err
			}
			pages = append(pages, name)
		}
	}
	data := values{
		"Values":       given,
		"Chart":        about,
		"Release":      values{"Name": asked.release, "Namespace": asked.namespace, "Service": "Helm"},
		"Capabilities": values{"APIVersions": apiVersions(asked.apis)},
		"Files":        all,
	}
	for _, name := range pages {
		var page bytes.Buffer
		if err := top.ExecuteTemplate(&page, name, data); err != nil {
			return "", err
		}
		// Helpers say nothing by themselves, and notes are for people.
		if strings.HasSuffix(name, ".yaml") && strings.TrimSpace(page.String()) != "" {
			fmt.Fprintf(&out, "---\n# Source: %s\n%s\n", name, strings.Trim(page.String(), "\n"))
		}
	}
	return out.String(), nil
}
