"""Networks that hear, with random weights in the layout in which the real ones are published."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from reelkit.models.measuring import vggish
from reelkit.models.measuring.network import load

CPU = torch.device("cpu")


def noise(seconds: float, rate: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * rate)).astype(np.float32)


def test_vggish_reads_torchvggishs_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    state = vggish.Vggish().state_dict()
    assert [name for name in state if name.endswith("weight")] == [
        *(f"features.{place}.weight" for place in (0, 3, 6, 8, 11, 13)), *(f"embeddings.{place}.weight" for place in (0, 2, 4))
    ]  # fmt: skip
    assert state["embeddings.0.weight"].shape == (4096, 12_288) and state["features.13.weight"].shape == (512, 512, 3, 3)
    torch.save(state, tmp_path / "vggish-10086976.pth")
    network = load("vggish", tmp_path, CPU)
    rows = network([noise(0.96, vggish.RATE), noise(2.0, vggish.RATE), noise(0.2, vggish.RATE)])
    assert rows.shape == (3, 128) and rows.dtype == np.float32
    assert (rows < 0).any()  # before any activation


def test_the_front_end_hears_a_tone_in_its_band() -> None:
    times = np.arange(vggish.RATE) / vggish.RATE
    for hertz in (300.0, 1000.0, 4000.0):
        log_mel = vggish.log_mel(np.sin(2 * np.pi * hertz * times).astype(np.float32))
        assert log_mel.shape == (vggish.FRAMES, vggish.BANDS)
        mel = 1127 * np.log1p(np.array([hertz, vggish.LOWEST, vggish.HIGHEST]) / 700)
        place = (mel[0] - mel[1]) / (mel[2] - mel[1]) * (vggish.BANDS + 1) - 1
        assert abs(int(log_mel[40].argmax()) - place) <= 1
    silence = vggish.log_mel(np.zeros(100, np.float32))
    assert silence == pytest.approx(np.log(vggish.FLOOR))


def test_clap_is_loaded_from_a_folder_of_transformers(tmp_path: Path) -> None:
    from transformers import ClapAudioConfig, ClapConfig, ClapFeatureExtractor, ClapModel, ClapTextConfig

    folder = tmp_path / "clap-htsat-unfused"
    audio = ClapAudioConfig(
        spec_size=256, patch_embeds_hidden_size=8, depths=[1, 1], num_attention_heads=[1, 2], hidden_size=16, window_size=4,
        num_mel_bins=64, patch_size=4, patch_stride=[4, 4], num_classes=4,
    )  # fmt: skip
    text = ClapTextConfig(vocab_size=32, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    config = ClapConfig(text_config=text.to_dict(), audio_config=audio.to_dict(), projection_dim=8)
    ClapModel(config).save_pretrained(folder)
    ClapFeatureExtractor(feature_size=64, max_length_s=10, truncation="rand_trunc", padding="repeatpad").save_pretrained(folder)
    rows = load("clap", tmp_path, CPU)([noise(10, 48_000), noise(10, 48_000, 1)])
    assert rows.shape[0] == 2 and np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_wavlm_tells_speakers_from_a_folder_of_transformers(tmp_path: Path) -> None:
    from transformers import Wav2Vec2FeatureExtractor, WavLMConfig, WavLMForXVector

    folder = tmp_path / "wavlm-base-plus-sv"
    config = WavLMConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, conv_dim=(8, 8), conv_stride=(20, 16),
        conv_kernel=(25, 16), num_feat_extract_layers=2, num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2,
        tdnn_dim=(8, 8, 8, 8, 16), xvector_output_dim=12,
    )  # fmt: skip
    WavLMForXVector(config).save_pretrained(folder)
    Wav2Vec2FeatureExtractor().save_pretrained(folder)
    rows = load("wavlm-sv", tmp_path, CPU)([noise(2, 16_000), noise(1, 16_000, 1)])
    assert rows.shape == (2, 12) and np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    long = [noise(30, 16_000, 2), noise(15, 16_000, 3)]
    parts = load("wavlm-sv", tmp_path, CPU)([*long, np.concatenate(long)])
    mean = parts[0] * 30 + parts[1] * 15
    assert np.allclose(parts[2], mean / np.linalg.norm(mean), atol=1e-5)


def bytes_as_letters() -> list[str]:
    """The letters that stand for the 256 bytes in a byte-level vocabulary."""
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    moved = [byte for byte in range(256) if byte not in kept]
    return [chr(256 + moved.index(byte)) if byte in moved else chr(byte) for byte in range(256)]


def tiny_whisper(folder: Path) -> None:
    """Saves Whisper as it is published, with languages, tasks and time stamps, but small, untrained and unable to stop early."""
    from transformers import (
        GenerationConfig,
        WhisperConfig,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
        WhisperTokenizer,
    )

    letters = bytes_as_letters()
    marks = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|fr|>", "<|translate|>", "<|transcribe|>"]
    marks += ["<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    number = {mark: len(letters) + place for place, mark in enumerate(marks)}
    vocabulary = {letter: place for place, letter in enumerate(letters)} | number
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    WhisperTokenizer.from_pretrained(folder, additional_special_tokens=marks[1:]).save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=16).save_pretrained(folder)
    config = WhisperConfig(
        vocab_size=len(vocabulary), num_mel_bins=16, d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, max_target_positions=24,
        pad_token_id=256, bos_token_id=256, eos_token_id=256, decoder_start_token_id=257,
    )  # fmt: skip
    torch.manual_seed(4)
    model = WhisperForConditionalGeneration(config)
    model.generation_config = GenerationConfig(
        is_multilingual=True, lang_to_id={"<|en|>": 258, "<|fr|>": 259}, task_to_id={"translate": 260, "transcribe": 261},
        no_timestamps_token_id=264, prev_sot_token_id=262, decoder_start_token_id=257, eos_token_id=256, pad_token_id=256,
        suppress_tokens=[place for place in range(len(vocabulary)) if not 97 <= place < 123], max_length=12,
    )  # fmt: skip
    model.save_pretrained(folder)


def test_whisper_writes_a_sound_down_part_by_part(tmp_path: Path) -> None:
    tiny_whisper(tmp_path / "whisper-large-v3")
    network = load("whisper", tmp_path, CPU)
    first, second = noise(30, 16_000), noise(7, 16_000, 1)
    said = network([first, second, np.concatenate([first, second])])
    assert all(text and text.replace(" ", "").isalpha() for text in said)
    assert said[2] == f"{said[0]} {said[1]}"
