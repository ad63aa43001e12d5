#!/usr/bin/env bash
# A cluster for one run, in a job of SLURM (docs/scale.md):
#
#     SPACETIME_VENV=$HOME/.venv sbatch --nodes=4 --cpus-per-task=16 docs/scale/slurm.sh \
#         --num_envs 48 --experiment_name big
#
# The first node is Ray's head and has the learner; what follows the script's name is for `train`.
#SBATCH --job-name=spacetime-rl
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --time=04:00:00
set -euo pipefail

# shellcheck disable=SC1091
source "${SPACETIME_VENV:?set it to the virtual environment, on a disk that all nodes see}/bin/activate"

export RAY_USAGE_STATS_ENABLED=0 RAY_AUTH_MODE=token RAY_worker_niceness=0
# Of this job alone; `srun` hands it on.
RAY_AUTH_TOKEN="$(python -c 'import secrets; print(secrets.token_hex(32))')"
export RAY_AUTH_TOKEN

# Jobs that share a node have ports of their own.
port=$((20000 + SLURM_JOB_ID % 10000))
mapfile -t nodes < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
first="${nodes[0]}"
address="$(srun --nodes=1 --ntasks=1 --nodelist="$first" hostname --ip-address | awk '{print $1}')"

# Every `ray start` is a step that ends with the job.
trap 'jobs -pr | xargs --no-run-if-empty kill 2>/dev/null || true' EXIT

# Two of its cores are the learner's.
srun --nodes=1 --ntasks=1 --nodelist="$first" --overlap \
    ray start --head --block --node-ip-address="$address" --port="$port" \
    --num-cpus="$((SLURM_CPUS_PER_TASK > 2 ? SLURM_CPUS_PER_TASK - 2 : 0))" \
    --include-dashboard=false &

for ((second = 0; ; second++)); do
    if (exec 3<>"/dev/tcp/$address/$port") 2>/dev/null; then
        break
    fi
    if ((second >= 300)); then
        echo "Ray's head does not answer at $address:$port after 300 s" >&2
        exit 1
    fi
    sleep 1
done

others=$((SLURM_JOB_NUM_NODES - 1))
if ((others > 0)); then
    srun --nodes="$others" --ntasks="$others" --exclude="$first" \
        ray start --block --address="$address:$port" --num-cpus="$SLURM_CPUS_PER_TASK" &
fi

spacetime-rl train --backend ray --address "$address:$port" --nodes "$SLURM_JOB_NUM_NODES" "$@"
