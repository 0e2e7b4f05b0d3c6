"""Networks that hear, with random weights in the layout in which the real ones are published."""

from __future__ import annotations

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
    assert rows.shape == (3, 128) and rows.dtype == np.float32 and (rows >= 0).all()


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
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, conv_dim=(8, 8), conv_stride=(5, 4),
        conv_kernel=(10, 8), num_feat_extract_layers=2, num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2,
        tdnn_dim=(8, 8, 8, 8, 16), xvector_output_dim=12,
    )  # fmt: skip
    WavLMForXVector(config).save_pretrained(folder)
    Wav2Vec2FeatureExtractor().save_pretrained(folder)
    rows = load("wavlm-sv", tmp_path, CPU)([noise(2, 16_000), noise(1, 16_000, 1)])
    assert rows.shape == (2, 12) and np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
