namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor matmul(Tensor target) => Aten.Matmul.Tensor(this, target);

        public Tensor mm(Tensor target) => Aten.Mm.Tensor(this, target);

        public Tensor bmm(Tensor batch2) => Aten.Bmm.Tensor(this, batch2);

        public Tensor dot(Tensor target) => Aten.Dot.Tensor(this, target);

        public Tensor outer(Tensor vec2) => Aten.Outer.Tensor(this, vec2);

        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            Aten.Addmm.Tensor(this, mat1, mat2, beta, alpha);

        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Aten.Baddbmm.Tensor(this, batch1, batch2, beta, alpha);
    }
}
