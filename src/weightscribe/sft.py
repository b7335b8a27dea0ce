"""What both fine-tuning levels ask of TRL's SFTTrainer; each adds its own batch, rate and logging."""

from transformers import logging as transformers_logging
from trl import SFTConfig


def sft_config(*, batch_size: int, learning_rate: float, warmup_steps: int, seed: int, **own) -> SFTConfig:
    """TRL's arguments: Adam without weight decay, warm-up, cosine decay, our own batches, nothing saved."""
    transformers_logging.set_verbosity_error()
    return SFTConfig(
        output_dir=".work/trainer",
        per_device_train_batch_size=batch_size,
        learning_rate=learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=warmup_steps,
        optim="adamw_torch_fused",
        weight_decay=0.0,
        seed=seed,
        use_cpu=True,  # models are on the CPU, and accelerate would not move our batches to a GPU
        bf16=False,
        gradient_checkpointing=False,
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        save_strategy="no",
        report_to="none",
        dataloader_pin_memory=False,
        **own,
    )
