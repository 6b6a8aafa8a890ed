from benchmarks.seeds import main

main()
