"""What the benchmarks and tests share: damaged files, samples of each format, plain parsers."""
