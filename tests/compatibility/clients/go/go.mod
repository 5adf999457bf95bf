module samsa/tests/compatibility/clients/go

go 1.24.0

require (
	github.com/twmb/franz-go v1.20.3
	github.com/twmb/franz-go/pkg/kmsg v1.12.0
)

require (
	github.com/klauspost/compress v1.18.0 // indirect
	github.com/pierrec/lz4/v4 v4.1.22 // indirect
)
