//go:build tools

// Package kube pins the apiserver that the tests run of this line of Kubernetes.
package kube

import _ "k8s.io/kubernetes/cmd/kube-apiserver"
