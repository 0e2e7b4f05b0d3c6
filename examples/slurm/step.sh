# Sourced by the batch files: how one step of a job ends.
#
# Before the time limit SLURM sends SIGUSR1 to the steps (`--signal`, without B: so the batch shell is spared).
# reel then finishes the chunk in hand, if --grace allows, and ends with 75: the job is put back in the queue and
# goes on where it stood, because every finished chunk is found by its key.

# step COMMAND...: run it as a job step. 1, some shots failed, is done: their errors travel in the manifest and
# film.sbatch reports them.
step() {
    local status=0 job=$SLURM_JOB_ID
    srun "$@" || status=$?
    case $status in
        0 | 1) return 0 ;;
        75)
            if [[ -n ${SLURM_ARRAY_JOB_ID:-} ]]; then
                job=${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}
            fi
            echo "$1 $2 stopped before the time limit; job $job goes back to the queue" >&2
            scontrol requeue "$job"
            exit 75
            ;;
        *) exit "$status" ;;
    esac
}
