#!/bin/sh
# The namespace, which keeps ended runs for 90 days, as the embedded server does. Address and name are those of TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.
set -eu
until temporal operator cluster health; do sleep 2; done
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 90d
