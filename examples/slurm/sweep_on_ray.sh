#!/bin/bash
# A study on several nodes of a Slurm cluster: Ray is started on each of them, and ends with the job.
#
#     sbatch --nodes=4 examples/slurm/sweep_on_ray.sh study.toml [options of `classlab sweep`]
#
# Every node needs the same classlab, with its extra `ray`, at the same path. The store lies where the job is submitted,
# or where CLASSLAB_STORE says; only this script's node writes to it. Give a job that ran out of time again as it is:
# finished runs are found. With GPUs, add --gpus-per-node to the command; each population then has one of its own.
#SBATCH --job-name=classlab
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --time=04:00:00
#SBATCH --signal=B:TERM@120
set -euo pipefail

if [[ $# -lt 1 ]]; then
    echo "usage: sbatch sweep_on_ray.sh FILE [options of \`classlab sweep\`]" >&2
    exit 2
fi
: "${SLURM_JOB_ID:?submit this script with sbatch}"

# source /path/to/environment/bin/activate

export RAY_USAGE_STATS_ENABLED=0
export RAY_AUTH_MODE=token    # others on these nodes must not use this Ray; the token is the job's own
RAY_AUTH_TOKEN=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
export RAY_AUTH_TOKEN
cores=${SLURM_CPUS_PER_TASK:-$SLURM_CPUS_ON_NODE}
gpus=${SLURM_GPUS_ON_NODE:-0}
head=$(hostname)
address=$(hostname --ip-address | awk '{print $1}')
port=$((20000 + SLURM_JOB_ID % 10000))    # jobs of two users may share a node's network
export RAY_ADDRESS="$address:$port"
export RAY_TMPDIR="/tmp/ray-$SLURM_JOB_ID"

started=()
finish() {
    kill "${started[@]}" 2>/dev/null || true
    wait || true
    srun --overlap --ntasks-per-node=1 rm -rf "$RAY_TMPDIR" || true
}
trap finish EXIT

# `--block` keeps each `ray start` in the foreground of its step, so that Slurm ends it with the job.
srun --overlap --nodes=1 --ntasks=1 --nodelist="$head" --cpus-per-task="$cores" \
    ray start --head --node-ip-address="$address" --port="$port" --num-cpus="$cores" --num-gpus="$gpus" \
    --include-dashboard=false --disable-usage-stats --temp-dir="$RAY_TMPDIR" --block &
started+=($!)

for _ in $(seq 120); do    # seconds until the first node listens
    if (exec 3<>"/dev/tcp/$address/$port") 2>/dev/null; then
        break
    fi
    sleep 1
done

others=$((SLURM_JOB_NUM_NODES - 1))
if [[ $others -gt 0 ]]; then
    srun --overlap --nodes="$others" --ntasks="$others" --ntasks-per-node=1 --exclude="$head" \
        --cpus-per-task="$cores" \
        ray start --address="$RAY_ADDRESS" --num-cpus="$cores" --num-gpus="$gpus" --block &
    started+=($!)
fi

# The cores are divided among the populations when the sweep begins, so the nodes should be there by then.
python - "$SLURM_JOB_NUM_NODES" <<'END'
import sys, time, ray

for _ in range(120):
    try:
        if not ray.is_initialized():
            ray.init(log_to_driver=False, logging_level="error")    # at RAY_ADDRESS
        if sum(node["Alive"] for node in ray.nodes()) >= int(sys.argv[1]):
            break
    except ConnectionError:    # it is still starting
        pass
    time.sleep(1)
END

# In the background, so that the signal before the time limit is passed on: the sweep then stops in order.
classlab sweep "$@" --on ray --ray-address "$RAY_ADDRESS" &
sweep=$!
trap 'kill -TERM "$sweep"' TERM
wait "$sweep" && code=0 || code=$?
if kill -0 "$sweep" 2>/dev/null; then    # the signal ended the waiting, not the sweep
    wait "$sweep" && code=0 || code=$?
fi
exit "$code"
