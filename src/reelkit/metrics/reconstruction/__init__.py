"""A take beside the clip it is to reproduce: PSNR, SSIM, LPIPS and rFVD."""
