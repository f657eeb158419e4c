# Each target is one line; `python3 -m dev COMMAND` does the same where make is missing.
PYTHON ?= python3
export PORT VAR RELOAD ARGS RUN SEED

.PHONY: run test check fix faults bench reset lock
run:     ; @exec $(PYTHON) -m dev run
test:    ; @exec $(PYTHON) -m dev test
check:   ; @exec $(PYTHON) -m dev check
fix:     ; @exec $(PYTHON) -m dev fix
faults:  ; @exec $(PYTHON) -m dev faults
bench:   ; @exec $(PYTHON) -m dev bench
reset:   ; @exec $(PYTHON) -m dev reset
lock:    ; @exec $(PYTHON) -m dev lock
